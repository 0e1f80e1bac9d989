import { campaignsFor } from './campaigns.ts'
import { type Language, languageOf, type Values, valuesOf } from './fields.ts'
import { gravityOf, type LevelThere, levelOf, levelOfParts } from './levels.ts'
import type { EntrySources, EntryText, StoredTemplate, Whither } from './model.ts'
import type { TextKind } from './policy.ts'
import { render } from './render.ts'

/** More would be read by nobody. */
export const maxTexts = 4

const noLevel: LevelThere = { level: null, special: false, regional: false, ids: [] }

/**
 * The texts for somebody who enters, ordered by kinds; none where nothing is to be told. A region has its own text, else that of its
 * country, else the general one (`*` with a mission, `**` without); a text with a field that has no value there gives way to the next.
 * Several countries, of which he is in one, get only what is right for all of them.
 */
export function entryTextsFor(
  where: Whither,
  at: Date,
  language: string,
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
  const name = where.countries.map((country) => nameOf(country, languageOf(language))).join('/')
  const about = {
    country: name,
    mission,
    emergency: single ? sources.emergency.find(({ country }) => country === only) : undefined,
    here: there,
    parts,
  }
  const values = valuesOf(about, languageOf(language))
  const areas = single ? [...where.regions.toReversed(), only, ...(mission ? ['*'] : []), '**'] : ['**']
  const place = where.regions.at(-1) ?? where.countries.join('/')
  const make = (template: StoredTemplate, text: string, levelIds: readonly number[]): EntryText => ({
    kind: template.kind,
    key: `${template.kind}:${place}:${language}`,
    language,
    text,
    templateId: template.id,
    campaignId: null,
    levelIds,
  })
  const templates = sources.templates.filter((template) => template.language === language)

  const missionText = () => {
    const own = templates.filter(({ kind }) => kind === 'mission')
    const found = firstOf(areas, own, values)
    return found ? [make(found.template, found.text, [])] : []
  }
  const levelText = () => {
    const ids = [...there.ids, ...parts.ids]
    if (ids.length === 0) return []
    const own = templates.filter(({ kind }) => kind === 'level')
    for (const { level, special } of wordings(there)) {
      const found = firstOf(
        areas,
        own.filter((one) => one.level === level && one.special === special),
        values,
      )
      if (found) return [make(found.template, found.text, ids)]
    }
    return []
  }
  const campaignTexts = (room: number) => {
    const made: EntryText[] = []
    for (const campaign of campaignsFor(where, at, sources.campaigns)) {
      if (made.length >= room) break
      const text = render(campaign.texts[language] ?? '', values)
      if (!text) continue
      const key = `campaign-${campaign.name}:${place}:${language}`
      made.push({ kind: 'campaign', key, language, text, templateId: null, campaignId: campaign.id, levelIds: [] })
    }
    return made
  }
  const fixed = {
    mission: kinds.includes('mission') ? missionText() : [],
    level: kinds.includes('level') ? levelText() : [],
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
