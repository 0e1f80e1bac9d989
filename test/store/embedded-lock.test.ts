import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { lockDataDir } from '../../src/store/embedded/data-dir-lock.ts'
import { identifySelf, type ProcessIdentity } from '../../src/store/embedded/process.ts'

const log = createLogger('silent')
const beatMs = 50
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-lock-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

const lock = () => lockDataDir(dir, log, beatMs)
const path = () => join(dir, 'engine.lock')
const heldBy = (change: Partial<ProcessIdentity>) => writeFile(path(), JSON.stringify({ ...identifySelf(), ...change }))
const holder = async () => JSON.parse(await readFile(path(), 'utf8')) as ProcessIdentity

describe('the lock of a data directory', () => {
  test('is held by one, names that one to others, and leaves nothing behind', async () => {
    const held = await lock()
    await expect(lock()).rejects.toMatchObject({
      code: 'data-dir-in-use',
      message: expect.stringContaining(`pid ${process.pid}`),
    })
    await held.release()
    expect(await readdir(dir)).toEqual([])
    await (await lock()).release()
  })

  test('goes to exactly one of many that come at once, also when a dead one holds it', async () => {
    await heldBy({ startedAt: 'before' })
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, lock))
    const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    await winners[0]?.value.release()
    expect(await readdir(dir)).toEqual([])
  })

  test.each([
    ['whose process is gone', { pid: 2 ** 22 + 1 }],
    ['whose number another process has', { startedAt: 'before' }],
    ['from before a reboot', { bootId: 'before' }],
    ['of another container that shows no life', { pidNamespace: 'pid:[1]', hostname: 'other' }],
  ])('is taken over from a holder %s', async (_, change) => {
    await heldBy(change)
    const held = await lock()
    expect(await holder()).toEqual(identifySelf())
    await held.release()
  })

  test('is taken over when it is not readable as a lock', async () => {
    await writeFile(path(), '')
    await (await lock()).release()
  })

  test('stays with an engine in another container that touches it', async () => {
    await heldBy({ pidNamespace: 'pid:[1]', hostname: 'other', pid: 1 })
    let beat = 0
    const touching = setInterval(() => void utimes(path(), ++beat, beat), beatMs)
    await expect(lock()).rejects.toMatchObject({ message: expect.stringContaining('pid 1 on other') })
    clearInterval(touching)
  })

  test('is touched by its holder, for those in other containers to see', async () => {
    const held = await lock()
    await utimes(path(), 1, 1)
    await expect.poll(async () => (await stat(path())).mtimeMs > 1_000, { interval: 10 }).toBe(true)
    await held.release()
  })
})
