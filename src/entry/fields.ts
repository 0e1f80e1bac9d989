import { callCentre } from './call-centre.ts'
import type { LevelThere } from './levels.ts'
import type { EmergencyNumbers, EntryMission } from './model.ts'
import { plainName } from './plain-name.ts'
import type { TextKind, TravelLevel } from './policy.ts'

/** What a template may name in braces, and what stands there. */
export const FIELDS = {
  country: 'name of the country',
  mission: 'name of the mission',
  phone: 'number of the mission',
  callCentre: 'number of the consular call centre',
  contacts:
    'mission and call centre with their numbers; where the mission has none, the call centre that puts through to it',
  emergency: 'police and rescue of the country, with their numbers',
  police: 'number of the police',
  ambulance: 'number of the ambulance',
  fire: 'number of the fire brigade',
  localHelp: 'a sentence with {emergency}, after a space; nothing where the numbers are not set down',
  where: 'the country, or the part of it where he is if the level is that of a region',
  level: 'travel-alert level in words',
  special: 'special travel advisory in words',
  parts: 'a sentence about parts of the country that have graver advice, after a space; often nothing',
} as const
export type Field = keyof typeof FIELDS

const places: readonly Field[] = [
  'country',
  'mission',
  'phone',
  'callCentre',
  'contacts',
  'emergency',
  'police',
  'ambulance',
  'localHelp',
]

/** Which of them say something in which text. */
export const fieldsOfKind: Readonly<Record<TextKind, readonly Field[]>> = {
  mission: [...places, 'fire'],
  level: [...places, 'where', 'level', 'special', 'parts'],
  campaign: places,
}

export type Language = 'ko' | 'en'
export const LANGUAGES = ['ko', 'en'] as const satisfies readonly Language[]
export const languageWords: Readonly<Record<Language, string>> = { ko: 'Korean', en: 'English' }
export const languageOf = (language: string): Language => (language === 'ko' ? 'ko' : 'en')

const levelWords: Record<Language, Record<TravelLevel, string>> = {
  ko: { 1: '1단계(여행유의)', 2: '2단계(여행자제)', 3: '3단계(출국권고)', 4: '4단계(여행금지)' },
  en: {
    1: 'level 1 (caution)',
    2: 'level 2 (restraint)',
    3: 'level 3 (leave)',
    4: 'level 4 (travel ban)',
  },
}
const specialWords = { ko: '특별여행주의보', en: 'special travel advisory' }

/** What fields stand for; a field without a value is missing, and a text that names it is not used. */
export type Values = Partial<Record<Field, string>>

export interface About {
  /** Several joined by `/`. */
  readonly country: string
  readonly mission: EntryMission | undefined
  readonly emergency: EmergencyNumbers | undefined
  readonly here: Omit<LevelThere, 'ids'>
  readonly parts: Pick<LevelThere, 'level' | 'special'>
}

export function valuesOf(about: About, language: Language): Values {
  const { mission, emergency, here, parts } = about
  const country = language === 'ko' ? about.country : plainName(about.country)
  const name = mission && missionName(mission, language)
  const help = emergency && emergencyInWords(emergency, language)
  return {
    country,
    callCentre,
    where: here.regional ? (language === 'ko' ? `${country}(현재 계신 지역)` : `your part of ${country}`) : country,
    contacts: contactsInWords(mission, language),
    parts: partsInWords(parts, language),
    localHelp: help === undefined ? '' : language === 'ko' ? ` 현지 ${help}.` : ` Local ${help}.`,
    ...(name !== undefined && { mission: name }),
    // Whose number is the call centre's has none of its own: the text would tell it twice.
    ...(mission && mission.phone !== callCentre && { phone: mission.phone }),
    ...(emergency && {
      emergency: emergencyInWords(emergency, language),
      police: emergency.police,
      ambulance: emergency.ambulance,
      fire: emergency.fire,
    }),
    ...(here.level !== null && { level: levelWords[language][here.level] }),
    ...(here.special && { special: specialWords[language] }),
  }
}

const missionName = ({ nameKo, nameEn }: EntryMission, language: Language) =>
  language === 'ko' ? nameKo : plainName(nameEn)

function contactsInWords(mission: EntryMission | undefined, language: Language): string {
  const ko = language === 'ko'
  const name = mission && missionName(mission, language)
  if (mission && mission.phone !== callCentre) {
    return ko
      ? `${name} ${mission.phone}, 영사콜센터 ${callCentre}(24시간)`
      : `${name}, ${mission.phone}, or the consular call centre ${callCentre} (24 h)`
  }
  if (ko) return `영사콜센터 ${callCentre}(24시간${name === undefined ? '' : `, ${name} 연결`})`
  return `consular call centre ${callCentre} (24 h)${name === undefined ? '' : `, which puts you through to the ${name}`}`
}

function partsInWords({ level, special }: About['parts'], language: Language): string {
  if (level === null && !special) return ''
  const words = level === null || (special && level < 3) ? specialWords[language] : levelWords[language][level]
  return language === 'ko' ? ` 일부 지역은 ${words}입니다.` : ` Parts of the country: ${words}.`
}

function emergencyInWords({ police, ambulance, fire }: EmergencyNumbers, language: Language): string {
  const ko = language === 'ko'
  if (police === ambulance && police === fire) return ko ? `긴급전화 ${police}` : `emergency ${police}`
  if (ambulance === fire)
    return ko ? `경찰 ${police}, 구급·화재 ${fire}` : `police ${police}, ambulance and fire ${fire}`
  const parts = ko
    ? [`경찰 ${police}`, `구급 ${ambulance}`, `화재 ${fire}`]
    : [`police ${police}`, `ambulance ${ambulance}`, `fire ${fire}`]
  return parts.join(', ')
}
