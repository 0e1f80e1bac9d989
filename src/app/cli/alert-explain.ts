import type { ApiClient } from './client.ts'
import { type Marked, markOf } from './marks.ts'

interface Explanation {
  readonly number: string
  readonly told: boolean
  readonly sentences: readonly string[]
  readonly carriers: readonly string[]
  readonly language: string | null
  readonly numbers: readonly { number: string; asked: boolean }[]
}

/** Prints why one number is told of an alert, or is not. */
export async function explain(client: ApiClient, alertId: string, msisdn: string, json: boolean): Promise<void> {
  const query = new URLSearchParams({ msisdn })
  const answer = await client.json<Explanation>(`/v1/alerts/${alertId}/explain?${query}`)
  if (json) return void process.stdout.write(`${JSON.stringify(answer)}\n`)
  const mark = markOf(await client.json<Marked>(`/v1/alerts/${alertId}`))
  process.stdout.write(`${mark}${linesOf(answer)}`)
}

function linesOf({ number, told, sentences, carriers, language, numbers }: Explanation): string {
  const lines = [`${number}: ${told ? 'the alert concerns him' : 'the alert does not concern him'}`]
  lines.push(...sentences.map((sentence) => `  ${sentence}`))
  if (told) lines.push(`  carriers: ${carriers.join(', ') || 'none'}; text: ${language ?? 'none'}`)
  if (numbers.length > 1) lines.push(`  numbers: ${numbers.map((one) => one.number).join(', then ')}`)
  return `${lines.join('\n')}\n`
}
