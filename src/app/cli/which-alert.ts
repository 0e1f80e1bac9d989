import type { Phase } from '../../alerts/lifecycle.ts'
import { Problem } from '../../lib/problem.ts'
import type { ApiClient } from './client.ts'

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

interface Named {
  readonly id: string
  readonly identifier: string
  readonly sender: string
  readonly phase: Phase
  readonly createdAt: string
  readonly launchedAt: string | null
}

/** In which phases an act looks for the alert that it is about, those that it means most first. */
const wanted = {
  launched: [['live']],
  approvable: [['submitted']],
  rejectable: [['submitted'], ['approved']],
  'glass-breakable': [['submitted'], ['draft']],
  approved: [['approved']],
  draft: [['draft']],
  editable: [['draft'], ['submitted', 'approved']],
  discardable: [['draft', 'submitted', 'approved']],
  decidable: [['submitted', 'approved', 'live']],
  /** The newest that was launched, live or not: a report is asked for when all is over. */
  reported: [],
  any: [['draft', 'submitted', 'approved', 'live']],
} as const satisfies Readonly<Record<string, readonly (readonly Phase[])[]>>

/** What an act is about. */
export type Use = keyof typeof wanted

/**
 * The id of the alert that somebody means: by its id, or by its identifier, which a composer chooses and several may share. Of those that
 * share it the one in the phase that the act is about; never one of several at a guess. Which one was taken is said on stderr.
 * @throws Problem `ambiguous`: it is the id of one alert and the identifier of another; `ambiguous-identifier`; `alert-unknown`
 */
export async function idOf(client: ApiClient, given: string, use: Use): Promise<string> {
  const named = await alertsNamed(client, given)
  if (uuidPattern.test(given)) {
    const own = await alertWithId(client, given)
    const others = named.filter(({ id }) => id !== own?.id)
    if (own && others.length > 0) throw twoMeanings(given, own, others)
    // Of an id that is not known the server says so.
    if (own || named.length === 0) return own?.id ?? given
  }
  if (named.length === 0) throw new Problem('alert-unknown', `There is no alert with the identifier "${given}"`)
  const taken = oneOf(given, named, use)
  if (named.length > 1) {
    process.stderr.write(`${named.length} alerts have the identifier "${given}"; this is about ${lineOf(taken)}\n`)
  }
  return taken.id
}

/** All that have an identifier, the newest first. */
async function alertsNamed(client: ApiClient, identifier: string): Promise<Named[]> {
  const found: Named[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const query = new URLSearchParams({ identifier, limit: '500', ...(after === undefined ? {} : { after }) })
    const page = await client.json<{ alerts: Named[]; next: string | null }>(`/v1/alerts?${query}`)
    found.push(...page.alerts)
    after = page.next
  }
  return found
}

async function alertWithId(client: ApiClient, id: string): Promise<Named | undefined> {
  try {
    return await client.json<Named>(`/v1/alerts/${id}`)
  } catch (error) {
    if (error instanceof Problem && error.code === 'alert-unknown') return undefined
    throw error
  }
}

function oneOf(given: string, named: readonly Named[], use: Use): Named {
  const phases: readonly (readonly Phase[])[] = wanted[use]
  for (const tier of phases) {
    const fit = named.filter(({ phase }) => tier.includes(phase))
    if (fit.length > 1) throw severalMeant(given, fit)
    if (fit[0]) return fit[0]
  }
  const newest = named[0] as Named
  if (use !== 'launched' && use !== 'reported') return newest
  return newestLaunched(named) ?? newest
}

/** The one that went out last, of those that did. */
export function newestLaunched<T extends Pick<Named, 'launchedAt'>>(alerts: readonly T[]): T | undefined {
  const launched = alerts.filter(({ launchedAt }) => launchedAt !== null)
  return launched.sort((a, b) => Date.parse(b.launchedAt as string) - Date.parse(a.launchedAt as string))[0]
}

const lineOf = ({ id, identifier, sender, phase, createdAt }: Named) =>
  `${id}, ${identifier} of ${sender} (${phase}, created ${createdAt})`

const severalMeant = (given: string, fit: readonly Named[]) =>
  new Problem('ambiguous-identifier', `${fit.length} alerts have the identifier "${given}" and may be meant`, {
    hint: 'Give the id of the one that is meant.',
    details: fit.map((one) => new Problem('ambiguous-identifier', lineOf(one))),
  })

const twoMeanings = (given: string, own: Named, others: readonly Named[]) =>
  new Problem('ambiguous', `"${given}" is the id of one alert and the identifier of another`, {
    hint: 'Give the one by its identifier, or the other by its id.',
    details: [
      new Problem('ambiguous', `by its id: ${lineOf(own)}`),
      ...others.map((one) => new Problem('ambiguous', `by its identifier: ${lineOf(one)}`)),
    ],
  })
