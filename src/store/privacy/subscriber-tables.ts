/** A table that holds what is known of a number. `$1` in its SQL is the number: a bigint, in `text` the digits. */
export interface SubscriberTable {
  readonly table: string
  /** Columns by which a row is somebody's. */
  readonly columns: readonly string[]
  /** What the export gives of it, a jsonb a row; left out: all columns of the rows that `where` finds. */
  readonly select?: string
  readonly where: string
  /** Left out: the rows are deleted. */
  readonly erase?: string
  /** Nobody is found or told by it, and it has no index by number: it is looked through after the others, in a transaction of its own. */
  readonly scanned?: true
  /** Its rows are erased by a step of their own, the last: src/store/privacy/messages-of-number.ts. */
  readonly apart?: true
}

/** The number stands where text or octets came from outside. */
const inText = (column: string) => `position($1::bigint::text IN ${column}) > 0`
const inOctets = (column: string) => `position(convert_to($1::bigint::text, 'LATIN1') IN ${column}) > 0`

const byNumber = 'msisdn = $1::bigint'

/**
 * Where numbers are, in the order in which they are erased; those that are scanned come after all others, and messages last. A message stays, because sums are made of messages; it is nobody's then: number 0, and a key
 * of its own. What became of a notification stays for the same reason, and so that a repetition of it is still known as one. The journal of
 * receipts is packed: see src/receipts/journal-of-number.ts.
 *
 * None of them has an index by number but those that targeting needs: each message and event would pay for what is asked a few times a year.
 */
export const subscriberTables: readonly SubscriberTable[] = [
  { table: 'resident', columns: ['msisdn', 'name_ref', 'address', 'lon', 'lat', 'cell'], where: byNumber },
  { table: 'resident_arrival', columns: ['msisdn'], where: byNumber },
  { table: 'roamer', columns: ['msisdn', 'lon', 'lat', 'cell'], where: byNumber },
  { table: 'linked_number', columns: ['msisdn'], where: byNumber },
  {
    table: 'next_number',
    columns: ['msisdn', 'after_msisdn', 'first_msisdn'],
    where: '$1::bigint IN (msisdn, after_msisdn, first_msisdn)',
  },
  { table: 'entry_wait', columns: ['msisdn'], where: byNumber },
  {
    table: 'message',
    columns: ['msisdn', 'recipient_key'],
    select: `SELECT to_jsonb(m) || jsonb_build_object('alert_id', b.alert_id, 'carrier', c.id, 'language', t.language, 'text', t.text) AS row
      FROM message m JOIN broadcast b ON b.id = m.broadcast_id LEFT JOIN carrier c ON c.no = m.carrier_no
      LEFT JOIN broadcast_text t ON t.broadcast_id = m.broadcast_id AND t.variant = m.variant
     WHERE m.msisdn = $1::bigint ORDER BY m.made_at, m.broadcast_id`,
    where: byNumber,
    apart: true,
  },
  { table: 'unanswered', columns: ['msisdn'], where: byNumber, scanned: true },
  { table: 'parked_receipt', columns: ['msisdn', 'raw'], where: `${byNumber} OR ${inOctets('raw')}`, scanned: true },
  {
    table: 'inbox_text',
    columns: ['msisdn', 'source', 'raw'],
    where: `${byNumber} OR ltrim(source, '+0') = $1::bigint::text`,
    scanned: true,
  },
  {
    table: 'quarantined_delivery',
    columns: ['source', 'raw'],
    where: `ltrim(source, '+0') = $1::bigint::text OR ${inOctets('raw')}`,
    scanned: true,
  },
  { table: 'journey', columns: ['msisdn'], where: byNumber, scanned: true },
  {
    table: 'roaming_event',
    columns: ['msisdn'],
    where: byNumber,
    erase: `UPDATE roaming_event SET msisdn = 0 WHERE msisdn = $1::bigint`,
    scanned: true,
  },
  {
    table: 'roaming_batch',
    columns: ['events'],
    select: `SELECT e AS row FROM roaming_batch b CROSS JOIN LATERAL json_array_elements(b.events) e
              WHERE b.done_at IS NULL AND e ->> 'msisdn' = $1::bigint::text`,
    where: `done_at IS NULL AND ${inText('events::text')}`,
    // Nothing is erased while one is open.
    erase: 'SELECT WHERE $1::bigint IS NULL',
  },
  { table: 'camara_number', columns: ['msisdn'], where: byNumber },
  {
    table: 'camara_subscription',
    columns: ['msisdn'],
    where: byNumber,
    erase: `UPDATE camara_subscription SET msisdn = NULL WHERE msisdn = $1::bigint AND state IN ('ending', 'ended')`,
  },
  { table: 'camara_question', columns: ['msisdn'], where: byNumber },
  {
    table: 'opt_out',
    columns: ['msisdn'],
    where: byNumber,
    // That he wants no texts has to be known should his number come back: kept_opt_out tells it, and the number from nothing that leaves the database.
    erase: `WITH gone AS (DELETE FROM opt_out WHERE msisdn = $1::bigint RETURNING msisdn, at)
            INSERT INTO kept_opt_out (hash, at) SELECT opt_out_hash(msisdn), at FROM gone ON CONFLICT DO NOTHING`,
  },
  {
    table: 'kept_opt_out',
    columns: ['hash'],
    select: `SELECT jsonb_build_object('at', at) AS row FROM kept_opt_out WHERE hash = opt_out_hash($1::bigint)`,
    where: 'hash = opt_out_hash($1::bigint)',
    erase: 'SELECT WHERE $1::bigint IS NULL',
  },
  {
    table: 'entry_resend',
    columns: ['after'],
    where: 'after = $1::bigint',
    // How far a resend has got: where nobody is any more it stands one number before that.
    erase: `UPDATE entry_resend SET after = CASE WHEN done_at IS NULL THEN $1::bigint - 1 ELSE 0 END WHERE after = $1::bigint`,
  },
  {
    table: 'review_walk',
    columns: ['after'],
    where: 'after = $1::bigint',
    // As of a resend.
    erase: 'UPDATE review_walk SET after = $1::bigint - 1 WHERE after = $1::bigint',
  },
]

/** SQL: whatever stands against erasing a number now; rows of what, and where. No telephone has the text of a rehearsal: nothing takes it back. */
export const standsAgainst = `
  SELECT 'message-pending' AS what, b.id::text AS place FROM broadcast b JOIN message m ON m.broadcast_id = b.id
   WHERE b.state <> 'closed' AND m.msisdn = $1::bigint AND m.state = 'pending'
  UNION ALL
  SELECT CASE WHEN c.msg_type = 'Cancel' OR c.all_clear THEN 'correction-live' ELSE 'alert-in-force' END, c.identifier FROM alert c
   WHERE NOT $2 AND c.phase = 'live'
     AND EXISTS (SELECT FROM alert a JOIN broadcast b ON b.alert_id = a.id
                   JOIN message m ON m.broadcast_id = b.id AND m.recipient_key = $1::bigint
                  WHERE a.chain_id = c.chain_id AND a.rehearses IS NULL)
  UNION ALL
  SELECT 'selection', b.id::text FROM broadcast b WHERE b.state = 'selecting'
  UNION ALL
  SELECT 'next-number', n.broadcast_id::text FROM next_number n WHERE $1::bigint IN (n.msisdn, n.after_msisdn, n.first_msisdn)
  UNION ALL
  SELECT 'entry-text', w.due_at::text FROM entry_wait w WHERE w.msisdn = $1::bigint
  UNION ALL
  SELECT 'notification', r.id::text FROM roaming_batch r WHERE r.done_at IS NULL AND ${inText('r.events::text')}
  UNION ALL
  SELECT 'subscription', s.operator FROM camara_subscription s WHERE s.msisdn = $1::bigint AND s.state = 'asked'`
