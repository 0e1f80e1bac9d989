import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { type EmbeddedDatabase, startEmbedded } from '../../src/store/embedded/start-embedded.ts'
import { builtFile } from '../support/built.ts'

const log = createLogger('silent')
const eventually = { timeout: 30_000, interval: 20 }
let dir: string
let running: EmbeddedDatabase | undefined
let child: ChildProcess | undefined

beforeEach(async () => {
  // Mode 0700: as root this is the hard case, PostgreSQL's other user cannot get in.
  dir = await mkdtemp(join(inject('runDir'), 'embedded-'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  child?.kill('SIGKILL')
  child = undefined
  await running?.stop()
  running = undefined
  await rm(dir, { recursive: true })
})

async function start(): Promise<string> {
  running = await startEmbedded({ dataDir: dir, log })
  return running.url
}

async function stop(): Promise<void> {
  await running?.stop()
  running = undefined
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

const postmasterPid = async () => Number.parseInt(await readFile(join(dir, 'postgres/data/postmaster.pid'), 'utf8'), 10)
const exists = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Another engine on the same data, in a process of its own. */
async function startChild(): Promise<{ url: string; pid: number }> {
  child = spawn(process.execPath, [builtFile('test/support/embedded-child.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return { url: line.toString().trim(), pid: child.pid as number }
}

describe('the embedded PostgreSQL', () => {
  test('is durable, UTF-8 in code point order, of this machine only, and behind a password', async () => {
    const url = await start()
    const names = [
      'fsync',
      'full_page_writes',
      'synchronous_commit',
      'listen_addresses',
      'unix_socket_directories',
      'server_encoding',
    ]
    const rows = await query(
      url,
      `select name, setting from pg_settings where name in (${names.map((name) => `'${name}'`).join()})`,
    )
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      server_encoding: 'UTF8',
    })
    const collation =
      'select datlocale, (select array_agg(x order by x) from unnest(array[$$é$$, $$Z$$, $$a$$]) x) as sorted from pg_database'
    expect((await query(url, collation))[0]).toEqual({ datlocale: 'C.UTF-8', sorted: ['Z', 'a', 'é'] })
    const wrong = new URL(url)
    wrong.password = 'guess'
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    const { mode } = await stat(join(dir, 'postgres/password'))
    expect(mode & 0o777).toBe(0o600)
  })

  test('keeps its data over restarts, and is gone after a stop', async () => {
    await query(await start(), 'create table kept (x int)')
    const pid = await postmasterPid()
    await stop()
    expect(exists(pid)).toBe(false)
    expect(await query(await start(), 'select * from kept')).toEqual([])
  })

  test('is refused to a second engine on the same data, which learns who has it', async () => {
    await start()
    const refusal = startEmbedded({ dataDir: dir, log })
    await expect(refusal).rejects.toMatchObject({
      code: 'data-dir-in-use',
      message: expect.stringContaining(`pid ${process.pid}`),
    })
    await stop()
    await start()
  })

  test('is taken from an engine that was killed, with every committed row', async () => {
    const killed = await startChild()
    await query(killed.url, 'create table kept as select generate_series(1, 1000) as x')
    await expect(startEmbedded({ dataDir: dir, log })).rejects.toMatchObject({
      message: expect.stringContaining(`pid ${killed.pid}`),
    })
    const orphan = await postmasterPid()
    child?.kill('SIGKILL')
    await once(child as ChildProcess, 'exit')
    expect(exists(orphan)).toBe(true)
    expect(await query(await start(), 'select count(*)::int as kept from kept')).toEqual([{ kept: 1000 }])
    expect(await postmasterPid()).not.toBe(orphan)
  })

  test('is not kept from starting by a lock or a pid file whose number another process now has', async () => {
    await start()
    const lock = await readFile(join(dir, 'engine.lock'), 'utf8')
    const pidFile = await readFile(join(dir, 'postgres/data/postmaster.pid'), 'utf8')
    await stop()
    await writeFile(join(dir, 'engine.lock'), JSON.stringify({ ...JSON.parse(lock), startedAt: 'long ago' }))
    await writeFile(join(dir, 'postgres/data/postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)))
    await query(await start(), 'select 1')
  })

  test('comes back by itself on the same address when it is killed', async () => {
    const url = await start()
    await query(url, 'create table kept (x int)')
    const killed = await postmasterPid()
    process.kill(killed, 'SIGKILL')
    await expect.poll(() => query(url, 'select * from kept').catch(() => 'away'), eventually).toEqual([])
    expect(await postmasterPid()).not.toBe(killed)
  })

  test('starts over after an initdb that was cut short', async () => {
    await mkdir(join(dir, 'postgres/data.new/base'), { recursive: true })
    await writeFile(join(dir, 'postgres/data.new/PG_VERSION'), '18')
    await query(await start(), 'select 1')
  })

  test('says in its own words why it does not start, and lets go of the directory', async () => {
    await start()
    await stop()
    const config = join(dir, 'postgres/data/postgresql.conf')
    await appendFile(config, '\nno_such_setting = 7\n')
    await expect(startEmbedded({ dataDir: dir, log })).rejects.toMatchObject({
      code: 'embedded-postgres-failed',
      message: expect.stringContaining('unrecognized configuration parameter "no_such_setting"'),
    })
    await writeFile(config, (await readFile(config, 'utf8')).replace('no_such_setting = 7', ''))
    await start()
  })

  test('refuses data of another major version, a lost password and a folder of something else', async () => {
    await start()
    await stop()
    const data = join(dir, 'postgres/data')
    await rename(join(dir, 'postgres/password'), join(dir, 'postgres/mislaid'))
    await expect(startEmbedded({ dataDir: dir, log })).rejects.toMatchObject({ code: 'embedded-postgres-password' })
    await writeFile(join(data, 'PG_VERSION'), '17\n')
    await expect(startEmbedded({ dataDir: dir, log })).rejects.toMatchObject({ code: 'embedded-postgres-version' })
    await rm(join(data, 'PG_VERSION'))
    await expect(startEmbedded({ dataDir: dir, log })).rejects.toMatchObject({ code: 'embedded-postgres-damaged' })
  })

  test('refuses a data directory that cannot be one', async () => {
    await writeFile(join(dir, 'file'), '')
    await expect(startEmbedded({ dataDir: join(dir, 'file'), log })).rejects.toMatchObject({
      code: 'data-dir-unusable',
    })
    await expect(startEmbedded({ dataDir: join(dir, 'file/below'), log })).rejects.toMatchObject({
      code: 'data-dir-unusable',
    })
  })
})

describe.skipIf(process.getuid?.() !== 0)('the embedded PostgreSQL, started by root', () => {
  /** A PATH without `unshare`, as in a container that forbids user namespaces. */
  async function withoutNamespaces(): Promise<void> {
    const bin = await mkdtemp(join(inject('runDir'), 'bin-'))
    await chmod(bin, 0o755)
    for (const program of ['id', 'setpriv']) await symlink(`/usr/bin/${program}`, join(bin, program))
    vi.stubEnv('PATH', bin)
  }

  test('keeps its data where it was told to, below a folder that only root may enter, also without user namespaces', async () => {
    await withoutNamespaces()
    await query(await start(), 'create table kept (x int)')
    expect((await stat(join(dir, 'postgres/data'))).uid).not.toBe(0)
    await stop()
    vi.unstubAllEnvs()
    expect(await query(await start(), 'select * from kept')).toEqual([])
    expect((await stat(join(dir, 'postgres/data'))).uid).toBe(0)
  })

  test('never runs as root, as the system sees it or as it sees itself', async () => {
    const url = await start()
    const status = await readFile(`/proc/${await postmasterPid()}/status`, 'utf8')
    expect(/^CapEff:\s*0+$/m.test(status) || !/^Uid:\s*0\s/m.test(status)).toBe(true)
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})
