import { parseProfile } from '../../src/carriers/load.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { createLogger } from '../../src/lib/log.ts'
import { openDatabase } from '../../src/store/database.ts'
import { EntryWaits } from '../../src/targeting/entry-waits.ts'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'

/** An engine's process as far as its waiting texts go: settles what is due, for a test to kill. */
const log = createLogger('silent')
const db = openDatabase(process.argv[2] as string, log)
const home = `{ id: home, reaches: [{ population: roamers }], links: [{ host: 127.0.0.1, port: 9 }], systemId: x, password: x,
  throughput: 10, source: { addr: "822" } }`
const routes = await routeNumbers(db.pool, [parseProfile(home, 'home.yaml', {})])
const regions = { codesAt: () => [], headOf: () => undefined }
const queues = {
  ring: async () => true,
  work: () => undefined,
  every: async () => undefined,
  close: async () => undefined,
}
await new EntryWaits({ db, queues, countries: loadCountries(), regions, routes, log }).work()
process.exit(0)
