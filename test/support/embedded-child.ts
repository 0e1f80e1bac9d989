import { createLogger } from '../../src/lib/log.ts'
import { startEmbedded } from '../../src/store/embedded/start-embedded.ts'

/** An engine's process as far as its database goes: starts it, prints the URL and stays, for a test to kill. */
const { url } = await startEmbedded({ dataDir: process.argv[2] as string, log: createLogger('silent') })
process.stdout.write(`${url}\n`)
setInterval(() => undefined, 60_000)
