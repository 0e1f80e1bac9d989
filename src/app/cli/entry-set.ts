import { Problem } from '../../lib/problem.ts'
import type { ApiClient } from './client.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

const post = <T>(client: ApiClient, path: string, body: object) =>
  client.json<T>(path, { method: 'POST', type: 'application/json', body: JSON.stringify(body) })

interface Written {
  readonly changed: boolean
}

export const nothingChanged = 'nothing changed: that stands already'

export interface TextFlags {
  readonly kind: string
  readonly level?: string
  readonly special?: boolean
  readonly ko?: string
  readonly en?: string
  readonly takeBack?: string
  readonly verified?: boolean
  readonly note?: string
}

/** `bongsu entry set-text`: prints the texts that stand for the area. */
export async function setText(
  client: ApiClient,
  area: string,
  { kind, level, special = false, ko, en, takeBack, verified = false, note = '' }: TextFlags,
): Promise<void> {
  const texts: Record<string, string | null> = {
    ...(ko === undefined ? {} : { ko }),
    ...(en === undefined ? {} : { en }),
  }
  for (const language of takeBack?.split(',') ?? []) texts[language] = null
  const of = { area, kind, level: levelFrom(level), special }
  const body = { ...of, texts, verified, note }
  const { templates, changed } = await post<Written & { templates: Template[] }>(client, '/v1/entry/templates', body)
  if (!changed) print(nothingChanged)
  if (templates.length === 0) print(`${area} has no text of its own`)
  for (const template of templates) print(templateLine(template))
}

function levelFrom(given: string | undefined): number | null {
  if (given === undefined) return null
  if (/^[1-4]$/.test(given)) return Number(given)
  throw new Problem('bad-option', `There is no travel-alert level "${given}"`, {
    where: '--level',
    hint: 'Write 1, 2, 3 or 4; --special for the special travel advisory.',
  })
}

export interface Template {
  readonly area: string
  readonly kind: string
  readonly level: number | null
  readonly special: boolean
  readonly language: string
  readonly body: string | null
}

export function templateLine({ area, kind, level, special, language, body }: Template): string {
  const of = [kind, ...(level === null ? [] : [level]), ...(special ? ['special'] : []), language]
  return `${area} ${of.join(' ')}: ${body ?? '(taken back)'}`
}

/** `bongsu entry set-policy`: prints what is set for the area. */
export async function setPolicy(
  client: ApiClient,
  area: string,
  fields: readonly string[],
  { takeBack = false, note = '' }: { takeBack?: boolean; note?: string },
): Promise<void> {
  if (takeBack === fields.length > 0) {
    throw new Problem('bad-option', takeBack ? 'What is taken back has no fields' : 'No field is named', {
      hint: 'Name fields like coolDownHours=12, or give --take-back.',
    })
  }
  const policy = takeBack ? null : await merged(client, area, fields)
  const body = { area, policy, note }
  const { policies, changed } = await post<Written & { policies: { policy: object }[] }>(
    client,
    '/v1/entry/policies',
    body,
  )
  if (!changed) print(nothingChanged)
  const [standing] = policies
  print(standing === undefined ? `${area} has no policy of its own` : `${area} ${JSON.stringify(standing.policy)}`)
}

/** What is set, with the fields as they are to be. */
async function merged(client: ApiClient, area: string, fields: readonly string[]): Promise<object> {
  const query = new URLSearchParams({ area })
  const { policies } = await client.json<{ policies: { policy: Record<string, unknown> }[] }>(
    `/v1/entry/policies?${query}`,
  )
  const policy = { ...policies[0]?.policy }
  for (const field of fields) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(field) ?? []
    if (name === undefined || value === undefined) {
      throw new Problem('bad-option', `"${field}" is not a field with a value`, { hint: 'Write coolDownHours=12.' })
    }
    if (value === '') delete policy[name]
    else policy[name] = readValue(name, value)
  }
  return policy
}

/** JSON, but for what is easier to write: kinds=mission,level and quiet=22:00-07:00 (then for every level). The server says what is wrong. */
function readValue(name: string, value: string): unknown {
  const hours = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(value)
  if (name === 'quiet' && hours) return { from: hours[1], to: hours[2], unlessLevel: null }
  if (name === 'kinds' && !value.startsWith('[')) return value.split(',')
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** `bongsu entry set-phone` */
export async function setPhone(
  client: ApiClient,
  mission: string,
  phone: string,
  { verifiedOn, confirm = false }: { verifiedOn?: string; confirm?: boolean },
): Promise<void> {
  const path = `/v1/entry/facts/missions/${encodeURIComponent(mission)}`
  await post(client, path, { phone, confirm, ...(verifiedOn === undefined ? {} : { verifiedOn }) })
  print(`${mission}: ${phone}, ${verifiedOn === undefined ? 'not verified' : `verified on ${verifiedOn}`}`)
}

/** `bongsu entry set-emergency` */
export async function setEmergency(
  client: ApiClient,
  numbers: { country: string; police: string; ambulance: string; fire: string; verified: boolean },
): Promise<void> {
  await post(client, '/v1/entry/facts/emergency-numbers', numbers)
  const { country, police, ambulance, fire, verified } = numbers
  print(`${country}: police ${police}, ambulance ${ambulance}, fire ${fire}, ${verified ? 'verified' : 'not verified'}`)
}
