import { createLogger, type Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { runningEmbedded } from '../store/embedded/attach.ts'
import { startEmbedded } from '../store/embedded/start-embedded.ts'
import { migrate } from '../store/migrate.ts'
import { migrationsDir } from './paths.ts'
import { readSettings, type Settings } from './settings.ts'

/** The database of DATABASE_URL, or the embedded one: of the engine that runs on the data directory, else started for this command. */
export async function withDatabase(work: (db: Database, applied: string[]) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLogger('warn')
  const { url, stop } = await databaseFor(settings, log)
  try {
    const { applied } = await migrate(url, migrationsDir)
    const db = openDatabase(url, log)
    try {
      await work(db, applied)
    } finally {
      await db.close()
    }
  } finally {
    await stop()
  }
}

async function databaseFor(
  { databaseUrl, dataDir }: Settings,
  log: Logger,
): Promise<{ url: string; stop(): Promise<void> }> {
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => undefined }
  try {
    return await startEmbedded({ dataDir, log })
  } catch (error) {
    const running =
      error instanceof Problem && error.code === 'data-dir-in-use' ? await runningEmbedded(dataDir) : undefined
    if (running === undefined) throw error
    return { url: running, stop: async () => undefined }
  }
}
