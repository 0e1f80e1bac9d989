import { campaignsFor } from './campaigns.ts'
import { type Language, type Values, valuesOf } from './fields.ts'
import { gravityOf, type LevelThere, levelOf, levelOfParts } from './levels.ts'
import type { EntrySources, EntryText, StoredCampaign, StoredTemplate, Whither } from './model.ts'
import type { TextKind } from './policy.ts'
import { render } from './render.ts'

/** More would be read by nobody. */
export const maxTexts = 4

/** What can be said in one language. */
interface Speech {
  readonly language: Language
  readonly values: Values
  readonly templates: readonly StoredTemplate[]
}

const noLevel: LevelThere = { level: null, special: false, regional: false, ids: [] }

/**
 * The texts for somebody who enters, ordered by kinds; none where nothing is to be told. A region has its own text, else that of its
 * country, else the general one (`*` with a mission, `**` without); a text with a field that has no value there gives way to the next.
 * Several countries, of which he is in one, get only what is right for all of them. What no area has in his language is told in the other:
 * nobody goes without a warning because nobody has translated it.
 */
export function entryTextsFor(
  where: Whither,
  at: Date,
  language: Language,
  kinds: readonly TextKind[],
  sources: EntrySources,
  nameOf: (country: string, language: Language) => string,
): EntryText[] {
  const [only, ...more] = where.countries
  if (only === undefined) return []
  const single = more.length === 0
  const mission = single ? sources.missions.find(({ country }) => country === only) : undefined
  const there = single ? levelOf(where, sources.levels) : levelOfAll(where, sources)
  const parts = single ? levelOfParts(where, sources.levels) : noLevel
  const about = {
    mission,
    emergency: single ? sources.emergency.find(({ country }) => country === only) : undefined,
    here: there,
    parts,
  }
  const speechIn = (language: Language): Speech => {
    const country = where.countries.map((iso2) => nameOf(iso2, language)).join('/')
    const templates = sources.templates.filter((template) => template.language === language)
    return { language, values: valuesOf({ ...about, country }, language), templates }
  }
  const his = speechIn(language)
  let other: Speech | undefined
  /** In his language, else in the other. */
  const said = (say: (speech: Speech) => EntryText | undefined): EntryText[] => {
    let text = say(his)
    if (!text) {
      other ??= speechIn(language === 'ko' ? 'en' : 'ko')
      text = say(other)
    }
    return text ? [text] : []
  }
  const areas = single ? [...where.regions.toReversed(), only, ...(mission ? ['*'] : []), '**'] : ['**']
  const place = where.regions.at(-1) ?? where.countries.join('/')
  const make = ({ id, kind, language }: StoredTemplate, text: string, levelIds: readonly number[] = []): EntryText => {
    const key = `${kind}:${place}:${language}`
    return { kind, key, language, text, templateId: id, campaignId: null, levelIds }
  }

  const missionText = ({ templates, values }: Speech) => {
    const own = templates.filter(({ kind }) => kind === 'mission')
    const found = firstOf(areas, own, values)
    return found && make(found.template, found.text)
  }
  const levelIds = [...there.ids, ...parts.ids]
  const levelText = ({ templates, values }: Speech) => {
    const own = templates.filter(({ kind }) => kind === 'level')
    for (const { level, special } of wordings(there)) {
      const found = firstOf(
        areas,
        own.filter((one) => one.level === level && one.special === special),
        values,
      )
      if (found) return make(found.template, found.text, levelIds)
    }
    return undefined
  }
  const campaignText = ({ id, name, texts }: StoredCampaign, { language, values }: Speech): EntryText | undefined => {
    const text = render(texts[language] ?? '', values)
    if (!text) return undefined
    const key = `campaign-${name}:${place}:${language}`
    return { kind: 'campaign', key, language, text, templateId: null, campaignId: id, levelIds: [] }
  }
  const campaignTexts = (room: number) => {
    const made: EntryText[] = []
    for (const campaign of campaignsFor(where, at, sources.campaigns)) {
      if (made.length >= room) break
      made.push(...said((speech) => campaignText(campaign, speech)))
    }
    return made
  }
  const fixed = {
    mission: kinds.includes('mission') ? said(missionText) : [],
    level: kinds.includes('level') && levelIds.length > 0 ? said(levelText) : [],
  }
  const room = maxTexts - fixed.mission.length - fixed.level.length
  return kinds.flatMap((kind) => (kind === 'campaign' ? campaignTexts(room) : fixed[kind]))
}

function firstOf(areas: readonly string[], templates: readonly StoredTemplate[], values: Values) {
  for (const area of areas) {
    const template = templates.find((one) => one.area === area)
    const text = template && render(template.body, values)
    if (template && text) return { template, text }
  }
  return undefined
}

/** What is said where: the advisory outweighs levels 1 and 2 and yields to 3 and 4, unless there is a text for both together. */
function wordings({ level, special }: LevelThere): Pick<LevelThere, 'level' | 'special'>[] {
  if (!special) return [{ level, special }]
  const advisory = { level: null, special }
  if (level === null) return [advisory]
  const alone = { level, special: false }
  return [{ level, special }, ...(level < 3 ? [advisory, alone] : [alone, advisory])]
}

/** What holds in all of several countries alike, with no graver parts. */
function levelOfAll({ countries }: Whither, { levels }: EntrySources): LevelThere {
  const each = countries.map((country) => ({ countries: [country], regions: [] }))
  const there = each.map((where) => levelOf(where, levels))
  const [first = noLevel] = there
  const same = there.every(({ level, special }) => level === first.level && special === first.special)
  const parted = each.some((where) => gravityOf(levelOfParts(where, levels)) > 0)
  return same && !parted ? { ...first, ids: there.flatMap(({ ids }) => ids) } : noLevel
}
