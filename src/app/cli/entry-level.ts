import type { ApiClient } from './client.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

export interface LevelOfArea {
  readonly area: string
  readonly level: number | null
  readonly special: boolean
}

export const levelWords = ({ area, level, special }: LevelOfArea): string =>
  `${area} ${[...(level === null ? [] : [`level ${level}`]), ...(special ? ['special advisory'] : [])].join(', ')}`

/** `bongsu entry confirm-level`: prints what is told from now on. */
export async function confirmLevel(client: ApiClient, country: string, source: string): Promise<void> {
  const { confirmed } = await client.json<{ confirmed: LevelOfArea[] }>('/v1/travel-levels/confirm', {
    method: 'POST',
    type: 'application/json',
    body: JSON.stringify({ country, source }),
  })
  if (confirmed.length === 0) return print('nothing of the file is left to confirm there')
  for (const row of confirmed) print(`${levelWords(row)}: confirmed, told from now on`)
}
