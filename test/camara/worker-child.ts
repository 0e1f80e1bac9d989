import { parseOperator } from '../../src/carriers/camara/load-operators.ts'
import { createLogger } from '../../src/lib/log.ts'
import { openQueues } from '../../src/queue/queues.ts'
import { openDatabase } from '../../src/store/database.ts'
import { CamaraWorker } from '../../src/targeting/camara/camara-worker.ts'

/** The worker in a process of its own, for a test to kill: a database's URL, and the profile. */
const [url, yaml] = process.argv.slice(2) as [string, string]
const log = createLogger('silent')
const db = openDatabase(url, log)
const queues = await openQueues({ databaseUrl: url, log })
const operators = [parseOperator(yaml, 'kt.yaml', process.env)]
await new CamaraWorker({ db, queues, operators, log }).work()
await queues.close()
await db.close()
