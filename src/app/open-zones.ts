import type { Countries } from '../geo/countries.ts'
import { loadLibrary } from '../geo/library.ts'
import { dataFile, ReferenceZones } from '../geo/reference-zones.ts'
import { readTravelLevels } from '../geo/travel-levels.ts'
import type { Logger } from '../lib/log.ts'
import type { Database } from '../store/database.ts'
import { registerLibrary } from '../store/zones/register-library.ts'
import { seedLevels } from '../store/zones/travel-levels.ts'
import { ZoneBook } from '../store/zones/zone-book.ts'

/** Reads the directory of geofences and keeps its zones in the database. What cannot be used is logged; the others load. */
export async function openZones(db: Database, directory: string, countries: Countries, log: Logger): Promise<ZoneBook> {
  const library = await loadLibrary(directory)
  const problems = [...library.problems, ...(await registerLibrary(db, library.zones))]
  for (const problem of problems) log.warn({ problem: problem.line }, 'a zone of the directory is left out')
  for (const note of library.notes) log.info({ note }, 'a zone of the directory was repaired')
  await seedLevels(db, readTravelLevels(dataFile(directory, 'travel-levels.yaml')))
  return new ZoneBook(db, new ReferenceZones(directory, countries))
}
