import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bongsu, endAll } from './cli-process.ts'

afterAll(endAll)

test('a command whose output nobody reads any more ends without a word', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-carriers-'))
  try {
    const { child, ended, err } = bongsu(['carriers', 'check'], { BONGSU_CARRIERS_DIR: dir })
    child.stdout?.destroy()
    expect([await ended, err()]).toEqual([141, ''])
  } finally {
    await rm(dir, { recursive: true })
  }
})
