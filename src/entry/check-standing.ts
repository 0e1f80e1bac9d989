import { Problem } from '../lib/problem.ts'
import { checkCampaign } from './campaign-draft.ts'
import type { StoredTemplate } from './model.ts'
import { checkTemplate, type TemplateDraft } from './template.ts'
import type { Ground } from './where.ts'

/**
 * What of the standing texts would be refused today: since they were written a number of a mission may have changed, or a carrier
 * have come that writes them in more segments. One Problem a text, its place in `where`.
 */
export function checkStanding(now: Date, ground: Ground): { checked: number; problems: Problem[] } {
  const { templates, campaigns } = ground.sources
  const checks = [
    ...draftsOf(templates).map((draft) => ({
      where: placeOf(draft),
      check: () => checkTemplate(draft, ground),
    })),
    ...campaigns.map((campaign) => ({
      where: `campaign ${campaign.name}`,
      check: () => checkCampaign(campaign, now, ground),
    })),
  ]
  const problems = checks.flatMap(({ where, check }) => {
    try {
      check()
      return []
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const { code, message, status, details } = error
      return [new Problem(code, message, { status, where, details })]
    }
  })
  return { checked: checks.length, problems }
}

const placeOf = ({ area, kind, level, special }: Omit<TemplateDraft, 'texts'>) =>
  [area, kind, ...(level === null ? [] : [level]), ...(special ? ['special'] : [])].join(' ')

/** The languages of a text together, as they were written. */
function draftsOf(templates: readonly StoredTemplate[]): TemplateDraft[] {
  const drafts = new Map<string, TemplateDraft>()
  for (const { area, kind, level, special, language, body } of templates) {
    const of = { area, kind, level, special }
    drafts.set(placeOf(of), { ...of, texts: { ...drafts.get(placeOf(of))?.texts, [language]: body } })
  }
  return [...drafts.values()]
}
