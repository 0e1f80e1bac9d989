import { chmod, mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, inject, it } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { openDatabase } from '../../src/store/database.ts'
import { startEmbedded } from '../../src/store/embedded/start-embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { commitThief } from './proxy.ts'

const log = createLogger('silent')

it('an acknowledged receipt outlives a crash of PostgreSQL during its COMMIT, though its transaction number is used again', async () => {
  const dir = await mkdtemp(join(inject('runDir'), 'crash-'))
  await chmod(dir, 0o755)
  const database = await startEmbedded({ dataDir: dir, log })
  await migrate(database.url, new URL('../../migrations', import.meta.url).pathname)
  const db = openDatabase(database.url, log)
  await ensurePartitions(db)
  await db.close()
  const thief = await commitThief(database.url)
  const ledger = new Ledger({ url: thief.url, log, rulesOf: () => ({ multipart: 'all', responseMs: 300 }) })
  const receipt = (smscId: string) =>
    new Promise<void>((resolve) => {
      const what = { msisdn: undefined, state: 'delivered', error: undefined, finalAt: Date.now() } as const
      ledger.receipt({ carrierNo: 1, smscId, raw: Buffer.from('raw'), ...what }, resolve)
    })
  try {
    await receipt('before')
    thief.armWith(async () => {
      const file = await readFile(join(dir, 'postgres/data/postmaster.pid'), 'utf8')
      // Immediate shutdown: what is not on the disk is gone. The keeper starts it again.
      process.kill(Number(file.split('\n')[0]), 'SIGQUIT')
      await useTransactionNumbers(database.url, 20)
    })
    await receipt('during')
    expect(thief.stolen).toBe(1)
    const client = new Client({ connectionString: database.url })
    await client.connect()
    const { rows } = await client.query('SELECT smsc_id FROM parked_receipt ORDER BY id')
    await client.end()
    expect(rows.map((row) => row.smsc_id)).toEqual(['before', 'during'])
  } finally {
    await ledger.close()
    await thief.close()
    await database.stop()
  }
})

/** Commits `n` transactions as soon as the server is there again. */
async function useTransactionNumbers(url: string, n: number): Promise<void> {
  for (let used = 0; used < n; ) {
    const client = new Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      for (; used < n; used++)
        await client.query('CREATE TABLE IF NOT EXISTS used (n integer); INSERT INTO used VALUES (1)')
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}
