import type { Client } from '../database.ts'

/** People who are in a country already are told again: of a level that rose, or of an alert that came into force. */
export interface Resend {
  readonly kind: 'level' | 'alert'
  /** The row of travel_level, or the broadcast. */
  readonly ref: number
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Who was told before is told again. */
  readonly since: Date
  /** Numbers up to this one are done. */
  readonly after: number
  /**
   * Of a level: the row that stands for its area now, if that is as grave still. Somebody may have said the same once more, and then it is
   * that row which the texts are made of.
   */
  readonly standing: number | null
}

/** What nobody has looked at within this time is told to nobody any more: the engine was off. */
const freshWithin = '1 day'

/** As `gravityOf` in src/entry/levels.ts. */
const gravityOf = (row: string) => `greatest(${row}.level, CASE WHEN ${row}.special THEN 2.5 ELSE 0 END)`

/**
 * Rows of travel_level that rose over what stood for their area before, and that nobody has looked at yet. What the file said when it was
 * read in is no news; a special travel advisory stands between levels 2 and 3.
 */
export async function newRises(db: Client, now: Date): Promise<{ ref: number; country: string; since: Date }[]> {
  const { rows } = await db.query<{ ref: number; country: string; since: Date }>({
    name: 'new-rises',
    text: `
      SELECT l.id AS ref, l.country, l.made_at AS since
        FROM travel_level l
        LEFT JOIN LATERAL (SELECT level, special FROM travel_level p WHERE p.country = l.country AND p.area = l.area AND p.id < l.id
                            ORDER BY p.id DESC LIMIT 1) p ON true
       WHERE l.made_at > $1::timestamptz - interval '${freshWithin}' AND l.made_by <> 'file'
         AND ${gravityOf('l')} > ${gravityOf('p')}
         AND NOT EXISTS (SELECT FROM entry_resend r WHERE r.kind = 'level' AND r.ref = l.id)
       ORDER BY l.id`,
    values: [now],
  })
  return rows
}

/** Which of these broadcasts began an alert, not an exercise, a short while ago, and nobody has looked at them yet. */
export async function newAlerts(
  db: Client,
  broadcastIds: readonly number[],
  now: Date,
): Promise<{ ref: number; since: Date }[]> {
  const { rows } = await db.query<{ ref: number; since: Date }>({
    name: 'new-alerts',
    text: `
      SELECT b.id AS ref, a.launched_at AS since FROM broadcast b JOIN alert a ON a.id = b.alert_id
       WHERE b.id = ANY ($1::bigint[]) AND a.msg_type = 'Alert' AND NOT b.exercise
         AND a.launched_at > $2::timestamptz - interval '${freshWithin}'
         AND NOT EXISTS (SELECT FROM entry_resend r WHERE r.kind = 'alert' AND r.ref = b.id)
       ORDER BY b.id`,
    values: [broadcastIds, now],
  })
  return rows
}

/** Keeps that something was looked at, and where people are to be told again; nowhere: it is done. */
export async function insertResends(
  db: Client,
  { kind, ref, since }: Pick<Resend, 'kind' | 'ref' | 'since'>,
  countries: readonly string[],
  now: Date,
): Promise<void> {
  await db.query(
    `INSERT INTO entry_resend (kind, ref, country, since, done_at)
     SELECT $1, $2, country, $3, CASE WHEN country = '' THEN $5::timestamptz END FROM unnest($4::text[]) AS n (country)
     ON CONFLICT DO NOTHING`,
    [kind, ref, since, countries.length === 0 ? [''] : countries, now],
  )
}

/** The oldest that is not done, under its row lock. One at a time for all processes: two of one country would each tell the same people. */
export async function takeResend(db: Client): Promise<Resend | undefined> {
  const { rows } = await db.query<Resend>({
    name: 'take-resend',
    text: `
      SELECT r.kind, r.ref, r.country, r.since, r.after,
             (SELECT s.id FROM travel_level l CROSS JOIN LATERAL (
                       SELECT id, level, special FROM travel_level s WHERE s.country = l.country AND s.area = l.area ORDER BY id DESC LIMIT 1) s
               WHERE r.kind = 'level' AND l.id = r.ref AND ${gravityOf('s')} >= ${gravityOf('l')}) AS standing
        FROM entry_resend r WHERE r.done_at IS NULL ORDER BY r.since, r.ref, r.country LIMIT 1 FOR UPDATE OF r`,
  })
  return rows[0]
}

/** @param after the last number of the page; null: there are no more */
export async function advanceResend(
  db: Client,
  { kind, ref, country }: Resend,
  after: number | null,
  told: number,
  now: Date,
): Promise<void> {
  await db.query({
    name: 'advance-resend',
    text: `
      UPDATE entry_resend SET after = coalesce($4, after), told = told + $5, done_at = CASE WHEN $4::bigint IS NULL THEN $6::timestamptz END
       WHERE kind = $1 AND ref = $2 AND country = $3`,
    values: [kind, ref, country, after, told, now],
  })
}
