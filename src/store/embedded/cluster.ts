import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, lchown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../lib/problem.ts'
import type { RunAs } from './run-as.ts'

/** The superuser of the embedded cluster, and the name of its database. */
export const databaseUser = 'bongsu'
const major = '18'

/** The files of one cluster, all below `<data directory>/postgres`. */
export interface ClusterFiles {
  dir: string
  data: string
  log: string
  password: string
}

export function clusterFiles(dataDir: string): ClusterFiles {
  const dir = join(dataDir, 'postgres')
  return { dir, data: join(dir, 'data'), log: join(dir, 'postgres.log'), password: join(dir, 'password') }
}

/**
 * Makes the cluster where there is none yet and gives its files to the user it is to run as; returns the password.
 * Only to be called under the lock of the data directory and with no PostgreSQL running on it.
 */
export async function prepareCluster(files: ClusterFiles, runAs: RunAs): Promise<string> {
  const version = await readFile(join(files.data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) return initialise(files, runAs)
  if (version.trim() !== major) {
    throw new Problem(
      'embedded-postgres-version',
      `The data in ${files.data} is of PostgreSQL ${version.trim()}, this engine brings ${major}`,
      {
        status: 500,
        hint: 'Dump it with the engine that made it and restore it here, or point DATABASE_URL at a server of that version.',
      },
    )
  }
  await giveTo(files.data, runAs)
  const password = await readFile(files.password, 'utf8').catch(() => undefined)
  if (password === undefined) {
    throw new Problem('embedded-postgres-password', `The password of the embedded database is missing`, {
      status: 500,
      where: files.password,
      hint: 'Restore that file from a backup: it belongs to the data beside it.',
    })
  }
  return password.trim()
}

/** Into a draft that is renamed when it is whole: an interrupted initdb leaves nothing that looks like a cluster. */
async function initialise(files: ClusterFiles, runAs: RunAs): Promise<string> {
  const draft = `${files.data}.new`
  const handedPassword = `${files.password}.initdb`
  const password = randomBytes(24).toString('base64url')
  await refuseForeignFiles(files.data)
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  await writeFile(files.password, `${password}\n`, { mode: 0o600 })
  await writeFile(handedPassword, `${password}\n`, { mode: 0o600 })
  if (process.getuid?.() === 0) for (const path of [draft, handedPassword]) await chown(path, runAs.uid, runAs.gid)
  try {
    const locale = process.platform === 'darwin' ? ['--locale=C', '--builtin-locale=C.UTF-8'] : ['--locale=C.UTF-8']
    await run(runAs, 'initdb', [
      ...['-D', draft, '-U', databaseUser, '-E', 'UTF8', ...locale, '--locale-provider=builtin'],
      ...['--auth=scram-sha-256', `--pwfile=${handedPassword}`],
    ])
  } finally {
    await rm(handedPassword, { force: true })
  }
  await rename(draft, files.data)
  return password
}

async function refuseForeignFiles(data: string): Promise<void> {
  const found = await readdir(data).catch(() => [])
  if (found.length === 0) return
  throw new Problem(
    'embedded-postgres-damaged',
    `${data} holds ${found.slice(0, 3).join(', ')} but no PostgreSQL cluster`,
    {
      status: 500,
      hint: 'Restore it from a backup, or move that folder away to start with an empty database.',
    },
  )
}

/** Hands the files to that user, the folder itself last: a half-done change is done again at the next start. */
async function giveTo(dir: string, { uid, gid, who }: RunAs): Promise<void> {
  const owner = (await stat(dir)).uid
  if (owner === uid) return
  if (process.getuid?.() !== 0) {
    throw new Problem('data-dir-owner', `${dir} belongs to user id ${owner}, but the engine runs as ${who}`, {
      status: 500,
      hint: `Run the engine as that user, or hand the data over: chown -R ${uid} ${dir}`,
    })
  }
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), uid, gid)
  }
  await chown(dir, uid, gid)
}

async function run(runAs: RunAs, program: string, args: readonly string[]): Promise<void> {
  const { file, args: all, credentials } = runAs.command(join(runAs.binaries.root, 'bin', program), args)
  const env = { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' }
  const child = spawn(file, all, { ...credentials, env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'unknown'))
  })
  if (code !== 0) throw postgresFailed(`${program} failed (${code})`, output)
}

/** The Problem of a PostgreSQL program that failed, with the last lines it wrote. */
export function postgresFailed(what: string, output: string): Problem {
  const lines = output.trim().split('\n').slice(-15).join('\n  ')
  const message = `The embedded PostgreSQL does not start: ${what}. It said:\n  ${lines}`
  if (/No space left on device|Check free disk space/i.test(output)) {
    return new Problem('disk-full', message, {
      status: 507,
      hint: 'Free space on the disk of BONGSU_DATA_DIR, then start again; no data is lost.',
    })
  }
  return new Problem('embedded-postgres-failed', message, {
    status: 500,
    hint: 'Mend what it says, or set DATABASE_URL to a PostgreSQL server of your own (15 or newer).',
  })
}
