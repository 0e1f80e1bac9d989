import type { Client } from '../database.ts'

/** A row that plays a part in what is told: who set it, when and why. */
export interface MadeOf {
  readonly of: 'policy' | 'template' | 'campaign' | 'level'
  readonly id: number
  /** Several of a campaign with commas. */
  readonly area: string
  /** `mission ko`, `level 3 special ko`; the name of a campaign; `level 3`, `special advisory`; of a policy nothing. */
  readonly what: string
  /** Of a travel level its source. */
  readonly note: string
  readonly madeBy: string
  readonly madeAt: Date
  /** Null of what has nothing to be compared with: policies and campaigns. */
  readonly verified: boolean | null
}

export type MadeOfIds = Readonly<Record<MadeOf['of'], readonly number[]>>

/** The rows with these ids. */
export async function madeOf(db: Client, ids: MadeOfIds): Promise<MadeOf[]> {
  const made = 'made_by "madeBy", made_at "madeAt"'
  const { rows } = await db.query<MadeOf>(
    `SELECT 'policy' AS of, id, area, '' what, note, ${made}, NULL::boolean verified FROM entry_policy WHERE id = ANY ($1::bigint[])
     UNION ALL
     SELECT 'template', id, area, concat_ws(' ', kind, level, CASE WHEN special THEN 'special' END, language), note, ${made}, verified
       FROM entry_template WHERE id = ANY ($2::bigint[])
     UNION ALL
     SELECT 'campaign', id, array_to_string(areas, ','), name, note, ${made}, NULL FROM campaign WHERE id = ANY ($3::bigint[])
     UNION ALL
     SELECT 'level', id, area, concat_ws(', ', 'level ' || level, CASE WHEN special THEN 'special advisory' END), source, ${made}, verified
       FROM travel_level WHERE id = ANY ($4::bigint[])
     ORDER BY 1, 2`,
    [ids.policy, ids.template, ids.campaign, ids.level],
  )
  return rows
}
