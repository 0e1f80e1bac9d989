import type { Client } from '../../src/store/database.ts'

/**
 * A clock for SQL: now() of the engine's statements is what it was set to, on the connections that are opened after `install`. Column
 * defaults and current_date stay with the wall; new tables are made in `public` as ever. The function is replaced, not looked up: it is a constant in every plan, and costs no row anything.
 */
export const simClock = {
  async install(db: Client): Promise<void> {
    await db.query('CREATE SCHEMA sim')
    const { rows } = await db.query<{ name: string }>('SELECT quote_ident(current_database()) AS name')
    await db.query(`ALTER DATABASE ${rows[0]?.name} SET search_path = public, sim, pg_catalog`)
  },

  async set(db: Client, at: number): Promise<void> {
    const time = new Date(at).toISOString()
    await db.query(
      `CREATE OR REPLACE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT timestamptz '${time}' $$`,
    )
  },
}
