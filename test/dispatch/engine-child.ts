import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { createLogger } from '../../src/lib/log.ts'
import { openQueues } from '../../src/queue/queues.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { openDatabase } from '../../src/store/database.ts'
import { testProfile } from './profile.ts'

/** The dispatch role of an engine in a process of its own, for tests to kill: a database's URL, an SMSC's port, profile lines. */
const [url, port, ...changes] = process.argv.slice(2) as [string, string, ...string[]]
const log = createLogger(process.env.TEST_LOG ?? 'silent')
const profile = testProfile(Number(port), changes)
const db = openDatabase(url, log)
const queues = await openQueues({ databaseUrl: url, log })
const rules = { multipart: profile.receipts.multipart, responseMs: profile.timers.responseMs }
const ledger = new Ledger({ url, log, rulesOf: () => rules })
const dispatcher = new Dispatcher({ db, queues, profiles: [profile], sink: ledger, log })
await dispatcher.start()
process.once('SIGTERM', async () => {
  await dispatcher.stop()
  await ledger.close()
  await queues.close()
  await db.close()
  process.exit(0)
})
process.stdout.write('started\n')
