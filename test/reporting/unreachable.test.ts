import { beforeEach, expect, test } from 'vitest'
import { broadcastProgress } from '../../src/reporting/broadcast-summary.ts'
import { insertMessages } from '../../src/store/audience/insert-messages.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { failOverChunk } from '../../src/store/chunks/fail-over.ts'
import { transaction } from '../../src/store/database.ts'
import { findBroadcast } from '../../src/store/reports/broadcast-head.ts'
import { databaseForFile } from '../support/database.ts'
import { choose, launched, move, selected } from './broadcast.ts'

const db = databaseForFile()

beforeEach(() => db.pool.query('UPDATE carrier SET down = false, paused_at = NULL'))

async function unreachable(id: number) {
  const facts = await findBroadcast(db.pool, id)
  if (facts === undefined) throw new Error('no broadcast')
  return (await broadcastProgress(db, facts)).unreachable
}

let msisdn = 819_100_000_000

/** Messages that the second carrier takes over when the first is down. */
async function withFallback(broadcastId: number, n: number): Promise<void> {
  const numbers = await registerCarriers(db.pool, ['north', 'south'])
  const route = ['north', 'south'].map((id) => numbers.get(id)?.no as number)
  const messages = Array.from({ length: n }, () => {
    const number = String(++msisdn)
    return {
      recipientKey: Number(number),
      msisdn: number,
      variant: 1,
      reason: 'resident' as const,
      country: 'JP',
      route,
    }
  })
  await transaction(db.pool, (client) => insertMessages(client, broadcastId, 1, messages))
}

const down = (id: string) => db.pool.query('UPDATE carrier SET down = true WHERE id = $1', [id])

test('nobody is unreachable while all carriers are up', async () => {
  const { broadcastId } = await launched(db)
  await choose(db, broadcastId, { n: 10, carrier: 'north' })
  expect(await unreachable(broadcastId)).toEqual({})
})

test('who waits for a carrier that is down or paused is counted, who was sent to is not', async () => {
  const { broadcastId } = await launched(db)
  const north = await choose(db, broadcastId, { n: 10, carrier: 'north' })
  await choose(db, broadcastId, { n: 4, carrier: 'south' })
  await choose(db, broadcastId, { n: 3 })
  await selected(db, broadcastId)
  await move(db, broadcastId, north.slice(0, 3), 'submitted')
  await down('north')
  expect(await unreachable(broadcastId)).toEqual({ north: 7 })
  await db.pool.query(`UPDATE carrier SET paused_at = now() WHERE id = 'south'`)
  expect(await unreachable(broadcastId)).toEqual({ north: 7, south: 4 })
})

test('whom another carrier can take over is reachable, and after that waits for that one', async () => {
  const { broadcastId } = await launched(db)
  await choose(db, broadcastId, { n: 5, carrier: 'north' })
  await withFallback(broadcastId, 8)
  await down('north')
  expect(await unreachable(broadcastId)).toEqual({ north: 5 })
  await down('south')
  expect(await unreachable(broadcastId)).toEqual({ north: 13 })
  await db.pool.query(`UPDATE carrier SET down = false WHERE id = 'south'`)
  const north = (await db.pool.query<{ no: number }>(`SELECT no FROM carrier WHERE id = 'north'`)).rows[0]?.no
  while ((await failOverChunk(db, north as number)) !== undefined);
  expect(await unreachable(broadcastId)).toEqual({ north: 5 })
  await down('south')
  expect(await unreachable(broadcastId)).toEqual({ north: 5, south: 8 })
})
