import { loadProfiles } from '../carriers/load.ts'
import { createLogger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { addBootstrapKey } from '../store/people/keys.ts'
import { roles as allRoles, type EngineRole, startEngine } from './engine.ts'
import { readSettings } from './settings.ts'
import { stopSignal } from './stop-signal.ts'

const drainPatienceMs = 60_000

/** `bongsu serve`: runs the engine until SIGTERM or SIGINT, then drains. */
export async function serve(options: { roles?: string }): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLogger(settings.logLevel)
  // From the first moment: a signal during the start is obeyed when everything stands and can be stopped in order.
  const stopped = stopSignal()
  const profiles = await loadProfiles(settings.carriersDir, process.env)
  const engine = await startEngine({ ...settings, profiles, roles: rolesFrom(options.roles), log })
  try {
    const bootstrap = await addBootstrapKey(engine.db, settings.bootstrapKey)
    if (bootstrap?.made) {
      process.stdout.write(
        `The first administrator key, shown only now:\n\n  ${bootstrap.key}\n\nIt makes keys for people: POST /v1/keys. On this machine \`bongsu keys add\` does so too.\n`,
      )
    }
    if (profiles.length === 0) log.warn({ dir: settings.carriersDir }, 'no carrier profiles: nothing can be sent')
    if (engine.url !== undefined) log.info({ url: engine.url, docs: `${engine.url}/docs` }, 'bongsu is up')
    await stopped
    log.info('draining')
  } finally {
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
