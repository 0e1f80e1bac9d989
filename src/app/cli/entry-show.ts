import { callCentre } from '../../entry/call-centre.ts'
import type { EntryPolicy } from '../../entry/policy.ts'
import { Problem } from '../../lib/problem.ts'
import type { ApiClient } from './client.ts'
import { type LevelOfArea, levelWords } from './entry-level.ts'
import { type MadeRow, madeLine } from './entry-made.ts'
import { type Template, templateLine } from './entry-set.ts'
import { policyWords } from './policy-words.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

interface Preview {
  readonly policy: EntryPolicy
  readonly policyIds: readonly number[]
  readonly level: number | null
  readonly special: boolean
  readonly untoldLevels: readonly LevelOfArea[]
  readonly texts: readonly {
    kind: string
    text: string
    segments: number
    templateId: number | null
    campaignId: number | null
    levelIds: readonly number[]
  }[]
  readonly home: boolean
  readonly madeOf: readonly MadeRow[]
}

interface Facts {
  readonly missions: readonly { id: string; phone: string; verifiedOn: string | null }[]
  readonly emergency: readonly { police: string; ambulance: string; fire: string; verified: boolean }[]
}

/** `bongsu entry show`: the set of texts, the policy, which levels are not told, and which facts nobody has verified. */
export async function showEntry(
  client: ApiClient,
  country: string,
  { region, language, json = false }: { region?: string; language: string; json?: boolean },
): Promise<void> {
  const query = new URLSearchParams({ country, language })
  if (region !== undefined) query.set('region', region)
  const preview = await client.json<Preview>(`/v1/entry/preview?${query}`)
  if (json) return print(JSON.stringify(preview))
  const { policy, level, special, untoldLevels, texts, home } = preview
  const from = (of: MadeRow['of'], ids: readonly (number | null)[]) => {
    for (const row of preview.madeOf) if (row.of === of && ids.includes(row.id)) print(`  from ${madeLine(row)}`)
  }
  if (home) print('nobody gets a text: Korea is home')
  else if (!policy.enabled) print('nothing is told: the policy is off')
  else if (texts.length === 0) print('nothing is told: there is no text')
  for (const { kind, text, segments, templateId, campaignId, levelIds } of texts) {
    print(`${kind} (${segments} ${segments === 1 ? 'segment' : 'segments'}): ${text}`)
    from('template', [templateId])
    from('campaign', [campaignId])
    from('level', levelIds)
  }
  print(`level ${level ?? 'none'}${special ? ', special travel advisory' : ''}`)
  if (untoldLevels.length > 0) {
    print(`not told until confirmed: ${untoldLevels.map(levelWords).join('; ')} (from the file)`)
    print(
      `  compare, then: bongsu entry confirm-level ${country.slice(0, 2)} --source '…'; or set what is right: POST /v1/travel-levels`,
    )
  }
  print(`policy: ${policyWords(policy)}`)
  from('policy', preview.policyIds)
  if (preview.policyIds.length === 0) print('  from the defaults: nobody has set one')
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
  readonly refused: readonly { where: string; errors: readonly Finding[] }[]
  readonly numbers: readonly Finding[]
}

interface Finding {
  readonly code: string
  readonly detail: string
  readonly where?: string
  readonly hint?: string
}

/** `bongsu entry check` @throws Problem `entry-check` with each text that would be refused, and each number of another country */
export async function checkEntry(client: ApiClient): Promise<void> {
  const { checked, refused, numbers } = await client.json<Check>('/v1/entry/check')
  const said = [
    ...(refused.length === 0
      ? []
      : [`${refused.length} of ${checked} texts would be refused now; they are sent all the same`]),
    ...(numbers.length === 0
      ? []
      : [
          `${numbers.length} ${numbers.length === 1 ? 'mission has a number' : 'missions have numbers'} of another country`,
        ]),
  ]
  if (said.length === 0) return print(`${checked} texts, all can be used`)
  throw new Problem('entry-check', said.join('; '), {
    hint: [
      ...(refused.length === 0 ? [] : ['Write the texts again.']),
      ...(numbers.length === 0
        ? []
        : ['Correct the numbers with set-phone, or confirm them with --confirm and --verified-on.']),
    ].join(' '),
    details: [
      ...refused.flatMap(({ where, errors }) =>
        errors.map((finding) =>
          problemOf(finding, [where, finding.where?.match(/^\/texts\/(\w+)$/)?.[1]].filter(Boolean).join(' ')),
        ),
      ),
      ...numbers.map((finding) => problemOf(finding)),
    ],
  })
}

const problemOf = ({ code, detail, hint }: Finding, where?: string) =>
  new Problem(code, detail, { ...(where === undefined ? {} : { where }), ...(hint === undefined ? {} : { hint }) })

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
    const { policies } = await client
      .json<{ policies: (Made & { policy: object | null })[] }>(`/v1/entry/policies?${query}`)
      .catch((error) => Promise.reject(orCampaign(area, error)))
    const { templates } = await client.json<{ templates: (Made & Template)[] }>(`/v1/entry/templates?${query}`)
    for (const one of policies) add(one, `policy ${one.policy === null ? '(taken back)' : JSON.stringify(one.policy)}`)
    for (const one of templates) add(one, templateLine(one))
  }
  if (lines.length === 0) print('nothing was ever set')
  // Each list has the newest first; a sort that keeps the order of equals leaves it so.
  for (const { line } of lines.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))) print(line)
}

/** What is no area may be the name of a campaign. */
function orCampaign(area: string, error: unknown): unknown {
  if (!(error instanceof Problem && error.code === 'entry-area' && /^[a-z0-9][a-z0-9-]{2,}$/.test(area))) return error
  const { code, message, status, hint } = error
  return new Problem(code, message, { status, hint: `${hint} Of a campaign: bongsu entry history ${area} --campaign` })
}
