import { setFlagsFromString } from 'node:v8'
import { loadOperators } from '../carriers/camara/load-operators.ts'
import { loadProfiles } from '../carriers/load.ts'
import { drawBordersAs } from '../geo/countries.ts'
import { dataFile } from '../geo/reference-zones.ts'
import { readViewpoint } from '../geo/viewpoint.ts'
import { createLogger, type Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { addBootstrapKey } from '../store/people/keys.ts'
import { roles as allRoles, type Engine, type EngineRole, startEngine } from './engine.ts'
import { readSettings } from './settings.ts'
import { stopSignal } from './stop-signal.ts'

const drainPatienceMs = 60_000

/** `bongsu serve`: runs the engine until SIGTERM or SIGINT, then drains. */
export async function serve(options: { roles?: string }): Promise<void> {
  keepHeapSmall()
  const settings = readSettings(process.env)
  const log = createLogger(settings.logLevel)
  // From the first moment: a signal during the start is obeyed when everything stands and can be stopped in order.
  const stopped = stopSignal()
  // Without a listener it would end the process: in the midst of a start or a drain it does nothing.
  let reload = (): void => undefined
  process.on('SIGHUP', () => reload())
  const readProfiles = () => loadProfiles(settings.carriersDir, process.env)
  const profiles = await readProfiles()
  const camara = await loadOperators(settings.camaraDir, process.env)
  drawBordersAs(readViewpoint(dataFile(settings.geofencesDir, 'viewpoints.yaml'), settings.viewpoint))
  const engine = await startEngine({
    ...settings,
    profiles,
    readProfiles,
    camara,
    roles: rolesFrom(options.roles),
    log,
  })
  reload = () => void reloadOnSignal(engine, log)
  try {
    const bootstrap = await addBootstrapKey(engine.db, settings.bootstrapKey)
    if (bootstrap?.made) {
      process.stdout.write(
        `The first administrator key, shown only now:\n\n  ${bootstrap.key}\n\nIt makes keys for people: POST /v1/keys. On this machine \`bongsu keys add\` does so too.\n`,
      )
    }
    if (profiles.length === 0) log.warn({ dir: settings.carriersDir }, 'no carrier profiles: nothing can be sent')
    if (engine.url !== undefined) {
      const { url } = engine
      log.info({ url, docs: `${url}/docs`, console: `${url}/console/` }, 'bongsu is up')
    }
    await stopped
    log.info('draining')
  } finally {
    reload = () => undefined
    // With the database away for good there is no end to a drain; what was not committed is in doubt, and the next start knows.
    const late = setTimeout(() => {
      log.error('the drain does not end; giving up')
      process.exit(1)
    }, drainPatienceMs)
    await engine.stop()
    clearTimeout(late)
  }
  log.info('stopped')
}

/** A signal has nobody to answer to: what is wrong is logged, and the carriers stay as they are. */
async function reloadOnSignal(engine: Engine, log: Logger): Promise<void> {
  try {
    await engine.reloadCarriers('engine')
  } catch (error) {
    const reason = error instanceof Problem ? error.line : (error as Error).message
    log.error({ reason }, 'the carrier profiles cannot be read again; nothing has changed')
  }
}

/**
 * V8 lets the heap grow to four times of what lived at the last collection: 570 MB resident in a broadcast of half a million, where
 * 90 MB live. At twice it is 340 MB, for the same throughput.
 */
const keepHeapSmall = () => setFlagsFromString('--heap-growing-percent=100')

function rolesFrom(text: string | undefined): EngineRole[] {
  if (text === undefined) return [...allRoles]
  return text.split(',').map((role) => {
    const known = allRoles.find((one) => one === role.trim())
    if (!known)
      throw new Problem('unknown-role', `"${role}" is not a role of the engine`, {
        where: '--roles',
        hint: `Use some of ${allRoles.join(',')}.`,
      })
    return known
  })
}
