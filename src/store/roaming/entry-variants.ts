import { hash } from 'node:crypto'
import { textColumn } from '../columns.ts'
import type { Client } from '../database.ts'

/** A text of a day's broadcast, and what made it. */
export interface EntryVariant {
  /** Kind, place, language. */
  readonly key: string
  readonly language: string
  readonly text: string
  /** Rows of entry_policy, the widest area first. */
  readonly policyIds: readonly number[]
  readonly templateId: number | null
  readonly campaignId: number | null
  /** Rows of travel_level. */
  readonly levelIds: readonly number[]
}

/**
 * The numbers of texts within a broadcast, in the order given; made if new. Words that another policy, template or level made are another
 * text, so that each message tells what it was made of. One caller at a time.
 */
export async function entryVariants(
  db: Client,
  broadcastId: number,
  variants: readonly EntryVariant[],
): Promise<number[]> {
  if (variants.length === 0) return []
  const keys = variants.map(keyOf)
  const { rows } = await db.query<{ key: string; variant: number }>({
    name: 'entry-variants',
    text: 'SELECT key, variant FROM broadcast_text WHERE broadcast_id = $1 AND key = ANY ($2::text[])',
    values: [broadcastId, textColumn(keys, (key) => key)],
  })
  const known = new Map(rows.map(({ key, variant }) => [key, variant]))
  for (const [i, variant] of variants.entries()) {
    const key = keys[i] as string
    if (!known.has(key)) known.set(key, await insertVariant(db, broadcastId, key, variant))
  }
  return keys.map((key) => known.get(key) as number)
}

/** Few a day: it may take a statement each. */
async function insertVariant(
  db: Client,
  broadcastId: number,
  key: string,
  { language, text, policyIds, templateId, campaignId, levelIds }: EntryVariant,
): Promise<number> {
  const { rows } = await db.query<{ variant: number }>(
    `WITH made AS (
       INSERT INTO broadcast_text (broadcast_id, variant, key, language, text)
       SELECT $1, coalesce(max(variant), 0) + 1, $2, $3, $4 FROM broadcast_text WHERE broadcast_id = $1
       RETURNING broadcast_id, variant)
     INSERT INTO entry_text_source (broadcast_id, variant, policy_ids, template_id, campaign_id, level_ids)
     SELECT broadcast_id, variant, $5, $6, $7, $8 FROM made RETURNING variant`,
    [broadcastId, key, language, text, policyIds, templateId, campaignId, levelIds],
  )
  return (rows[0] as { variant: number }).variant
}

function keyOf({ key, text, policyIds, templateId, campaignId, levelIds }: EntryVariant): string {
  const made = JSON.stringify([text, policyIds, templateId, campaignId, levelIds])
  return `${key}#${hash('sha256', made, 'hex').slice(0, 16)}`
}
