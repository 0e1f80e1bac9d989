import type { Client } from '../database.ts'
import { slotsPerJourney } from '../roaming/entry-keys.ts'

/** A message, and of an entry text what made it: rows as they were then, though other rows may stand now. */
export interface MessageSource {
  readonly broadcastId: number
  readonly seq: number
  readonly msisdn: string
  readonly alertId: string | null
  readonly reason: string
  readonly state: string
  readonly madeAt: Date
  readonly language: string | null
  readonly text: string | null
  /** Null of alerts, and of entry texts that were made before this was kept. */
  readonly source: EntrySource | null
}

export interface EntrySource {
  /** The stay; null when it is too old to be kept. */
  readonly journey: { readonly country: string; readonly enteredAt: string } | null
  /** The widest area first, each with what it set. */
  readonly policies: readonly (Row & { readonly area: string; readonly patch: unknown })[]
  readonly template: (Row & TemplateRow) | null
  readonly campaign: (Row & CampaignRow) | null
  /** The gravest first. */
  readonly levels: readonly (Row & LevelRow)[]
}

interface Row {
  readonly id: number
  readonly madeBy: string
  readonly madeAt: string
}

interface TemplateRow {
  readonly area: string
  readonly kind: string
  readonly level: number | null
  readonly special: boolean
  readonly language: string
  readonly body: string
}

interface CampaignRow {
  readonly name: string
  readonly areas: readonly string[]
}

interface LevelRow {
  readonly country: string
  readonly area: string
  readonly level: number | null
  readonly special: boolean
}

const made = `'id', r.id, 'madeBy', r.made_by, 'madeAt', r.made_at`

/** One message with its text; undefined where there is none. */
export async function messageSource(db: Client, broadcastId: number, seq: number): Promise<MessageSource | undefined> {
  const { rows } = await db.query<MessageSource>(
    `SELECT m.broadcast_id "broadcastId", m.seq, m.msisdn::text, b.alert_id "alertId", m.reason, m.state, m.made_at "madeAt", t.language, t.text,
            CASE WHEN s.variant IS NOT NULL THEN jsonb_build_object(
              'journey', (SELECT jsonb_build_object('country', j.country, 'enteredAt', j.entered_at) FROM journey j
                           WHERE j.msisdn = m.msisdn AND j.id = m.recipient_key / ${slotsPerJourney}),
              'policies', (SELECT coalesce(jsonb_agg(jsonb_build_object(${made}, 'area', r.area, 'patch', r.patch) ORDER BY n.i), '[]')
                             FROM unnest(s.policy_ids) WITH ORDINALITY AS n (id, i) JOIN entry_policy r USING (id)),
              'template', (SELECT jsonb_build_object(${made}, 'area', r.area, 'kind', r.kind, 'level', r.level, 'special', r.special,
                                                     'language', r.language, 'body', r.body)
                             FROM entry_template r WHERE r.id = s.template_id),
              'campaign', (SELECT jsonb_build_object(${made}, 'name', r.name, 'areas', r.areas) FROM campaign r WHERE r.id = s.campaign_id),
              'levels', (SELECT coalesce(jsonb_agg(jsonb_build_object(${made}, 'country', r.country, 'area', r.area, 'level', r.level,
                                                                      'special', r.special) ORDER BY n.i), '[]')
                           FROM unnest(s.level_ids) WITH ORDINALITY AS n (id, i) JOIN travel_level r USING (id))) END AS source
       FROM message m JOIN broadcast b ON b.id = m.broadcast_id
       LEFT JOIN broadcast_text t ON t.broadcast_id = m.broadcast_id AND t.variant = m.variant
       LEFT JOIN entry_text_source s ON s.broadcast_id = m.broadcast_id AND s.variant = m.variant
      WHERE m.broadcast_id = $1 AND m.seq = $2`,
    [broadcastId, seq],
  )
  return rows[0]
}
