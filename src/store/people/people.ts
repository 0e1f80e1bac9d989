import type { CompiledQuery } from 'kysely'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'

/** Makes a person known, without a key yet. @throws Problem `person-exists` (409) */
export async function addPerson(db: Database, name: string, actor: string): Promise<void> {
  const insert = db.query
    .insertInto('person')
    .values({ name })
    .onConflict((conflict) => conflict.doNothing())
  await transaction(db.pool, async (client) => {
    if ((await run(client, insert.compile())) === 0) {
      throw new Problem('person-exists', 'There is a person of this name already', { status: 409 })
    }
    await appendAudit(client, { actor, act: 'person.add', subject: `person:${name}` })
  })
}

/** Makes a key void. @throws Problem `key-unknown` (404) where there is none that holds. */
export async function revokeKey(db: Database, id: number, actor: string): Promise<void> {
  const update = db.query
    .updateTable('api_key')
    .set({ revoked_at: new Date() })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
  await transaction(db.pool, async (client) => {
    if ((await run(client, update.compile())) === 0) {
      throw new Problem('key-unknown', 'There is no such key that holds', { status: 404 })
    }
    await appendAudit(client, { actor, act: 'key.revoke', subject: `key:${id}` })
  })
}

/** Runs a built query on the connection of a transaction that the audit log shares. Returns how many rows it touched. */
async function run(client: Client, { sql, parameters }: CompiledQuery): Promise<number> {
  return (await client.query(sql, [...parameters])).rowCount ?? 0
}
