import { LANGUAGES } from '../../entry/fields.ts'
import type { ApiClient } from './client.ts'
import { nothingChanged } from './entry-set.ts'

interface Campaign {
  readonly name: string
  readonly areas: readonly string[]
  readonly startsAt: string
  readonly endsAt: string
  readonly texts: Readonly<Record<string, string>>
}

interface Answer {
  readonly campaigns: readonly Campaign[]
}

export async function listCampaigns(client: ApiClient): Promise<void> {
  print(await client.json<Answer>('/v1/entry/campaigns'))
}

export async function setCampaign(
  client: ApiClient,
  name: string,
  { areas, from, to, ko, en, note }: { areas: string; from: string; to: string; ko: string; en: string; note?: string },
): Promise<void> {
  const body = {
    name,
    areas: areas.split(','),
    startsAt: from,
    endsAt: to,
    texts: { ko, en },
    ...(note === undefined ? {} : { note }),
  }
  const answer = await client.json<Answer & { changed: boolean }>('/v1/entry/campaigns', {
    method: 'POST',
    type: 'application/json',
    body: JSON.stringify(body),
  })
  if (!answer.changed) process.stdout.write(`${nothingChanged}\n`)
  print(answer)
}

export async function endCampaign(client: ApiClient, name: string): Promise<void> {
  await client.json<Answer>(`/v1/entry/campaigns/${encodeURIComponent(name)}/end`, { method: 'POST' })
  process.stdout.write(`${name}: ended; nobody is told of it from now on\n`)
}

function print({ campaigns }: Answer): void {
  if (campaigns.length === 0) process.stdout.write('no campaign\n')
  for (const { name, areas, startsAt, endsAt, texts } of campaigns) {
    process.stdout.write(`${name}: ${areas.join(',')} from ${startsAt} to ${endsAt}\n`)
    for (const language of LANGUAGES) process.stdout.write(`  ${language}: ${texts[language]}\n`)
  }
}
