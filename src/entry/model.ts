import type { PolicyPatch, TextKind, TravelLevel } from './policy.ts'

/** Where somebody who enters is. */
export interface Whither {
  /** ISO 3166-1 alpha-2; several: he is in one of them. */
  readonly countries: readonly string[]
  /**
   * ISO 3166-2, of the one country, the widest first; none where his place is not known. The map has two levels of some countries:
   * `GB-ENG`, `GB-WSM`.
   */
  readonly regions: readonly string[]
}

export interface StoredPolicy {
  readonly id: number
  /** `*`, a country or a region. */
  readonly area: string
  readonly patch: PolicyPatch
}

export interface StoredTemplate {
  readonly id: number
  /** `*`: a country with a mission, `**`: without, or several; a country; a region. */
  readonly area: string
  readonly kind: Extract<TextKind, 'mission' | 'level'>
  /** Of kind level; null without special: there is advice for parts of the country only. */
  readonly level: TravelLevel | null
  readonly special: boolean
  readonly language: string
  readonly body: string
}

export interface StoredCampaign {
  readonly id: number
  readonly name: string
  /** `*`, countries, regions. */
  readonly areas: readonly string[]
  /** By language. */
  readonly texts: Readonly<Record<string, string>>
  readonly startsAt: Date
  readonly endsAt: Date
}

/** The advice that stands for an area; a country may have several. */
export interface StandingLevel {
  readonly id: number
  readonly country: string
  /** The country itself, a region, or a zone of the library. */
  readonly area: string
  readonly level: TravelLevel | null
  readonly special: boolean
}

export interface EntryMission {
  readonly id: string
  readonly country: string
  readonly nameKo: string
  readonly nameEn: string
  /** As it is to be dialled, with `+`; the consular call centre's where the mission has none of its own set down. */
  readonly phone: string
}

/** What is dialled in a country in danger; equal ones are one number for all. */
export interface EmergencyNumbers {
  readonly country: string
  readonly police: string
  readonly ambulance: string
  readonly fire: string
}

/** All that entry texts are made of: small tables, read once a batch. */
export interface EntrySources {
  readonly policies: readonly StoredPolicy[]
  readonly templates: readonly StoredTemplate[]
  readonly campaigns: readonly StoredCampaign[]
  readonly levels: readonly StandingLevel[]
  /** Embassies first. */
  readonly missions: readonly EntryMission[]
  readonly emergency: readonly EmergencyNumbers[]
  /** Of URLs that texts may name: the host itself and what is below it. */
  readonly hosts: readonly string[]
}

/** One text of a set, and what it was made of. */
export interface EntryText {
  readonly kind: TextKind
  /** Tells the text within a day's broadcast: kind, place, language. */
  readonly key: string
  readonly language: string
  readonly text: string
  readonly templateId: number | null
  readonly campaignId: number | null
  readonly levelIds: readonly number[]
}
