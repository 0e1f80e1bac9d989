import type { CarrierChange } from '../../carriers/changes.ts'
import type { ApiClient } from './client.ts'

/** `bongsu carriers reload`: a line for each carrier. */
export async function reloadCarriers(client: ApiClient): Promise<void> {
  const { carriers } = await client.json<{ carriers: CarrierChange[] }>('/v1/carriers/reload', { method: 'POST' })
  for (const { id, change, keys } of carriers) {
    process.stdout.write(`${id}: ${change}${keys.length > 0 ? ` (${keys.join(', ')})` : ''}\n`)
  }
}
