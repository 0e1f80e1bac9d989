import type { Client } from '../database.ts'

export interface OperatorState {
  readonly operator: string
  readonly numbers: number
  /** Subscriptions by state; ended ones are not counted. */
  readonly states: Readonly<Record<string, number>>
  readonly heldUntil: Date | null
  readonly problem: string | null
  readonly listedAt: Date | null
}

/** How the accounts are; one that nothing was done for yet is not there. */
export async function operatorStates(db: Client): Promise<Map<string, OperatorState>> {
  const { rows } = await db.query<OperatorState>(
    `SELECT operator, coalesce(n.numbers, 0) AS numbers, coalesce(s.states, '{}') AS states,
            o.held_until "heldUntil", o.problem, o.listed_at "listedAt"
       FROM (SELECT operator, count(*) AS numbers FROM camara_number GROUP BY 1) n
       FULL JOIN (SELECT operator, jsonb_object_agg(state, n) AS states
                    FROM (SELECT operator, state, count(*) AS n FROM camara_subscription WHERE state <> 'ended' GROUP BY 1, 2) c
                   GROUP BY 1) s USING (operator)
       FULL JOIN camara_operator o USING (operator)`,
  )
  return new Map(rows.map((row) => [row.operator, row]))
}

export interface SubscriptionView {
  readonly id: string
  readonly operator: string
  readonly msisdn: string | null
  readonly type: string
  readonly state: string
  readonly remoteId: string | null
  readonly expiresAt: Date | null
  readonly nextTryAt: Date | null
  readonly tries: number
  readonly problem: string | null
  readonly changedAt: Date
}

export interface SubscriptionFilter {
  readonly operator?: string | undefined
  readonly state?: string | undefined
  readonly msisdn?: string | undefined
  /** Only those with a problem. */
  readonly troubled?: boolean | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** A page of subscriptions in the order of their ids. */
export async function subscriptionPage(
  db: Client,
  { operator, state, msisdn, troubled, after, limit }: SubscriptionFilter,
): Promise<SubscriptionView[]> {
  const { rows } = await db.query<SubscriptionView>(
    `SELECT id, operator, msisdn::text AS msisdn, type, state, remote_id "remoteId", expires_at "expiresAt",
            next_try_at "nextTryAt", tries, problem, changed_at "changedAt"
       FROM camara_subscription
      WHERE ($1::text IS NULL OR operator = $1) AND ($2::text IS NULL OR state = $2) AND ($3::bigint IS NULL OR msisdn = $3)
        AND (NOT $4::boolean OR problem IS NOT NULL) AND ($5::uuid IS NULL OR id > $5)
      ORDER BY id LIMIT $6`,
    [operator ?? null, state ?? null, msisdn ?? null, troubled ?? false, after ?? null, limit],
  )
  return rows
}
