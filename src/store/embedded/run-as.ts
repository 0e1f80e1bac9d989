import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Logger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import type { Binaries } from './binaries.ts'

/** How PostgreSQL's programs are started: it refuses to run as root, so root has to become someone else. */
export interface RunAs {
  /** For the log: `user nobody`. */
  who: string
  /** Who must own the database's files. */
  uid: number
  gid: number
  /** Where the programs are started from; a copy where the installed ones cannot be reached. */
  binaries: Binaries
  /** What to give to `spawn` to run a file that way. */
  command(file: string, args: readonly string[]): Command
}

interface Command {
  file: string
  args: string[]
  credentials: { uid?: number; gid?: number }
}

/** A copy of the binaries that every user can reach, for an installation below a folder of mode 0700. */
const sharedBinariesDir = '/var/lib/bongsu'

/**
 * Chooses how to run PostgreSQL for the files in `clusterDir`. As an ordinary user: as that user, or in a user namespace
 * where the system has no name for it (a container's arbitrary uid), which initdb insists on. As root, the first that works of
 * - the user `postgres`, else `nobody`: needs every folder above the programs and the data to be open to others;
 * - a user namespace, where root's files stay root's but PostgreSQL does not see itself as root (containers mostly forbid it);
 * - the other user with CAP_DAC_OVERRIDE, for data below a closed folder, with the programs copied to where it can reach
 *   them (PostgreSQL checks its own path with access(2), which ignores that capability).
 */
export async function chooseRunAs(binaries: Binaries, clusterDir: string, log: Logger): Promise<RunAs> {
  const failures: string[] = []
  const works = (way: RunAs | undefined): way is RunAs => {
    const failure = way === undefined ? undefined : tryRun(way, clusterDir)
    if (way !== undefined && failure !== undefined) failures.push(`as ${way.who}: ${failure}`)
    return way !== undefined && failure === undefined
  }
  if (process.getuid?.() !== 0) {
    for (const way of [asSelf(binaries), inUserNamespace(binaries)]) if (works(way)) return way
    throw cannotRun(failures, clusterDir)
  }
  const user = otherUser()
  const plain = user && asUser(binaries, user)
  if (works(plain)) return plain
  const namespace = inUserNamespace(binaries)
  if (works(namespace)) return namespace
  if (user !== undefined) {
    const open = await reachableBinaries(binaries, user, log).catch((error: Error) => {
      failures.push(`with programs copied to ${sharedBinariesDir}: ${error.message}`)
    })
    for (const way of open ? [asUser(open, user), withDacOverride(open, user)] : []) if (works(way)) return way
  }
  throw cannotRun(failures, clusterDir)
}

interface User {
  name: string
  uid: number
  gid: number
}

function own(): { uid: number; gid: number } {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
}

function asSelf(binaries: Binaries): RunAs {
  const { uid, gid } = own()
  return {
    who: `user id ${uid}`,
    uid,
    gid,
    binaries,
    command: (file, args) => ({ file, args: [...args], credentials: {} }),
  }
}

function asUser(binaries: Binaries, { name, uid, gid }: User): RunAs {
  const credentials = { uid, gid }
  return { who: `user ${name}`, uid, gid, binaries, command: (file, args) => ({ file, args: [...args], credentials }) }
}

function inUserNamespace(binaries: Binaries): RunAs {
  const { uid, gid } = own()
  return { who: `user id ${uid} in a user namespace`, uid, gid, binaries, command: wrapper('unshare', ['--user']) }
}

function withDacOverride(binaries: Binaries, { name, uid, gid }: User): RunAs {
  const one = '-all,+dac_override'
  const options = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', `--inh-caps=${one}`, `--ambient-caps=${one}`]
  return { who: `user ${name} with CAP_DAC_OVERRIDE`, uid, gid, binaries, command: wrapper('setpriv', options) }
}

function wrapper(program: string, options: readonly string[]): RunAs['command'] {
  return (file, args) => ({ file: program, args: [...options, '--', file, ...args], credentials: {} })
}

/** A dry run that way: can it get at the folder of the data and at the programs, and do they start? Returns what went wrong. */
function tryRun(way: RunAs, clusterDir: string): string | undefined {
  const script =
    'id -un >/dev/null && cd "$1" && test -r "$2/share/postgresql/postgres.bki" && "$2/bin/initdb" --version && exec "$2/bin/postgres" --version'
  const { file, args, credentials } = way.command('/bin/sh', ['-c', script, 'sh', clusterDir, way.binaries.root])
  const run = spawnSync(file, args, {
    ...credentials,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    cwd: '/',
    timeout: 30_000,
  })
  if (run.error !== undefined) return run.error.message
  if (run.status === 0) return undefined
  return run.stderr.trim().split('\n')[0] || `cannot read ${way.binaries.root}`
}

function otherUser(): User | undefined {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
      return { name, uid: id('-u'), gid: id('-g') }
    } catch {
      // No such user here.
    }
  }
  return undefined
}

/** The installed programs if that user can reach them, else a copy. */
async function reachableBinaries(binaries: Binaries, user: User, log: Logger): Promise<Binaries> {
  if (tryRun(asUser(binaries, user), '/') === undefined) return binaries
  const root = join(sharedBinariesDir, `postgresql-${binaries.version}-${process.arch}`)
  const present = await stat(root).catch(() => undefined)
  if (present === undefined) {
    const draft = `${root}.${process.pid}`
    await mkdir(dirname(root), { recursive: true, mode: 0o755 })
    await cp(binaries.root, draft, { recursive: true, verbatimSymlinks: true })
    await rename(draft, root).catch(() => rm(draft, { recursive: true, force: true }))
  }
  log.info({ binaries: root }, 'the embedded PostgreSQL runs from a copy that other users can reach')
  return { ...binaries, root }
}

function cannotRun(failures: readonly string[], clusterDir: string): Problem {
  return new Problem(
    'embedded-postgres-cannot-run',
    `The embedded PostgreSQL cannot run here: ${failures.join('; ')}`,
    {
      status: 500,
      where: clusterDir,
      hint:
        process.getuid?.() === 0
          ? 'PostgreSQL refuses to run as root. Run the engine as an ordinary user, put BONGSU_DATA_DIR in a folder that others may enter, or set DATABASE_URL.'
          : 'Set DATABASE_URL to a PostgreSQL server of your own (15 or newer).',
    },
  )
}
