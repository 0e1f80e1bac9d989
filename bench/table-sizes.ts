import type { Database } from '../src/store/database.ts'

/** Bytes by what holds them: `message` is the heap of all its partitions, `message.message_pkey` an index of all of them. */
export type Sizes = ReadonlyMap<string, number>

/** What the tables and indexes of the engine take, those of partitions added up. A heap is with its TOAST, free space and visibility maps. */
export async function tableSizes({ pool }: Database): Promise<Sizes> {
  const { rows } = await pool.query<{ name: string; bytes: number }>(
    `WITH leaf AS (
       SELECT c.oid, coalesce(p.relname, c.relname) AS name
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
        WHERE n.nspname = 'public' AND c.relkind = 'r')
     SELECT name, sum(pg_table_size(oid))::bigint AS bytes FROM leaf GROUP BY 1
      UNION ALL
     SELECT leaf.name || '.' || coalesce(parent.relname, own.relname), sum(pg_relation_size(own.oid))::bigint
       FROM leaf JOIN pg_index x ON x.indrelid = leaf.oid JOIN pg_class own ON own.oid = x.indexrelid
       LEFT JOIN pg_inherits i ON i.inhrelid = own.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent
      GROUP BY 1 ORDER BY 1`,
  )
  return new Map(rows.map(({ name, bytes }) => [name, bytes]))
}

export const totalOf = (sizes: Sizes): number => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
