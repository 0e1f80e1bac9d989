import { Problem } from '../lib/problem.ts'
import { allowedIn } from './allow-list.ts'
import { areaProblems } from './area-problems.ts'
import { checkText } from './check-text.ts'
import { LANGUAGES } from './fields.ts'
import { languageProblems } from './template.ts'
import { type Ground, placesOfAll } from './where.ts'

export interface CampaignDraft {
  readonly name: string
  readonly areas: readonly string[]
  readonly texts: Readonly<Record<string, string>>
  readonly startsAt: Date
  readonly endsAt: Date
}

/** A campaign that nobody thinks of any more goes on for no longer than that. */
const longestDays = 366
const dayMs = 86_400_000

/** @throws Problem `entry-campaign` (422) with everything that is wrong as a detail */
export function checkCampaign({ areas, texts, startsAt, endsAt }: CampaignDraft, now: Date, ground: Ground): void {
  const details: Problem[] = []
  const problem = (message: string, where: string) =>
    details.push(new Problem('entry-campaign-time', message, { status: 422, where }))
  if (endsAt <= startsAt) problem('It ends before it starts', '/endsAt')
  else if (endsAt <= now) problem('It is over already', '/endsAt')
  else if (endsAt.getTime() - startsAt.getTime() > longestDays * dayMs) {
    problem(`It lasts longer than ${longestDays} days`, '/endsAt')
  }
  for (const [i, area] of areas.entries()) {
    details.push(...areaProblems(area, ground, { where: `/areas/${i}`, general: ['*'] }))
  }
  details.push(...languageProblems(texts, LANGUAGES))
  if (details.length === 0) {
    const countries = areas.includes('*') ? undefined : areas.map((area) => area.slice(0, 2))
    const check = {
      kind: 'campaign',
      places: placesOfAll(areas, ground),
      allowed: allowedIn(countries, ground.sources),
      here: { level: null, special: false, regional: false },
    } as const
    for (const [language, body] of Object.entries(texts)) {
      details.push(...checkText(body, { ...check, language, where: `/texts/${language}` }, ground))
    }
  }
  if (details.length === 0) return
  throw new Problem('entry-campaign', 'The campaign cannot be used', { status: 422, details })
}
