import { callCentre } from '../../entry/call-centre.ts'
import { Problem } from '../../lib/problem.ts'
import type { ApiClient } from './client.ts'
import { type Template, templateLine } from './entry-set.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

interface Preview {
  readonly policy: { readonly enabled: boolean } & Readonly<Record<string, unknown>>
  readonly level: number | null
  readonly special: boolean
  readonly texts: readonly { kind: string; text: string; segments: number }[]
}

interface Facts {
  readonly missions: readonly { id: string; phone: string; verifiedOn: string | null }[]
  readonly emergency: readonly { police: string; ambulance: string; fire: string; verified: boolean }[]
}

/** `bongsu entry show`: the set of texts, the policy, and which facts nobody has verified. */
export async function showEntry(
  client: ApiClient,
  country: string,
  { region, language, json = false }: { region?: string; language: string; json?: boolean },
): Promise<void> {
  const query = new URLSearchParams({ country, language })
  if (region !== undefined) query.set('region', region)
  const preview = await client.json<Preview>(`/v1/entry/preview?${query}`)
  if (json) return print(JSON.stringify(preview))
  const { policy, level, special, texts } = preview
  if (!policy.enabled) print('nothing is told: the policy is off')
  else if (texts.length === 0) print('nothing is told: there is no text')
  for (const { kind, text, segments } of texts) {
    print(`${kind} (${segments} ${segments === 1 ? 'segment' : 'segments'}): ${text}`)
  }
  print(`level ${level ?? 'none'}${special ? ', special travel advisory' : ''}`)
  print(`policy ${JSON.stringify(policy)}`)
  if (/^[A-Z]{2}$/.test(country)) await showUnverified(client, country)
}

/** What an operator has to look up: numbers that nobody compared with their source, and missions without one. */
async function showUnverified(client: ApiClient, country: string): Promise<void> {
  const { missions, emergency } = await client.json<Facts>(`/v1/entry/facts?country=${country}`)
  const numberless = missions.filter(({ phone }) => phone === callCentre)
  const unverified = [
    ...missions
      .filter((mission) => mission.verifiedOn === null && !numberless.includes(mission))
      .map(({ id, phone }) => `${id} ${phone}`),
    ...emergency.filter(({ verified }) => !verified).map((n) => `emergency ${n.police}/${n.ambulance}/${n.fire}`),
  ]
  if (unverified.length > 0) print(`not verified: ${unverified.join('; ')}`)
  if (numberless.length > 0) print(`missions without a number: ${numberless.map(({ id }) => id).join(', ')}`)
}

interface Check {
  readonly checked: number
  readonly refused: readonly { where: string; errors: readonly { code: string; detail: string; hint?: string }[] }[]
}

/** `bongsu entry check` @throws Problem `entry-check` with each text that would be refused */
export async function checkEntry(client: ApiClient): Promise<void> {
  const { checked, refused } = await client.json<Check>('/v1/entry/check')
  if (refused.length === 0) return print(`${checked} texts, all can be used`)
  throw new Problem(
    'entry-check',
    `${refused.length} of ${checked} texts would be refused now; they are sent all the same`,
    {
      hint: 'Write them again.',
      details: refused.flatMap(({ where, errors }) =>
        errors.map(
          ({ code, detail, hint }) => new Problem(code, detail, { where, ...(hint === undefined ? {} : { hint }) }),
        ),
      ),
    },
  )
}

interface Made {
  readonly madeBy: string
  readonly madeAt: string
  readonly note: string
}

/** `bongsu entry history`: a line for each change, the newest first. */
export async function showHistory(client: ApiClient, area: string, campaign: boolean): Promise<void> {
  const lines: { at: string; line: string }[] = []
  const add = ({ madeAt, madeBy, note }: Made, what: string) =>
    lines.push({ at: madeAt, line: `${madeAt} ${madeBy} ${what}${note === '' ? '' : ` (${note})`}` })
  if (campaign) {
    const query = new URLSearchParams({ name: area })
    type Campaign = Made & { areas: string[]; startsAt: string; endsAt: string; texts: object }
    const { campaigns } = await client.json<{ campaigns: Campaign[] }>(`/v1/entry/campaigns?${query}`)
    for (const one of campaigns) {
      add(one, `${one.areas.join(',')} from ${one.startsAt} to ${one.endsAt}: ${JSON.stringify(one.texts)}`)
    }
  } else {
    const query = new URLSearchParams({ area, history: 'true' })
    const { policies } = await client.json<{ policies: (Made & { policy: object | null })[] }>(
      `/v1/entry/policies?${query}`,
    )
    const { templates } = await client.json<{ templates: (Made & Template)[] }>(`/v1/entry/templates?${query}`)
    for (const one of policies) add(one, `policy ${one.policy === null ? '(taken back)' : JSON.stringify(one.policy)}`)
    for (const one of templates) add(one, templateLine(one))
  }
  if (lines.length === 0) print('nothing was ever set')
  // Each list has the newest first; a sort that keeps the order of equals leaves it so.
  for (const { line } of lines.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))) print(line)
}
