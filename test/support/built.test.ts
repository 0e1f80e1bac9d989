import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { build } from './built.ts'

let dir: string
let said: string

const write = (file: string, text: string) => writeFile(join(dir, 'from', file), text)
const written = (file: string) => readFile(join(dir, 'js', file), 'utf8')
const built = () => build(dir, join(dir, 'from'))

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-built-'))
  await mkdir(join(dir, 'from/src'), { recursive: true })
  await write('tsconfig.json', '{ "compilerOptions": { "module": "nodenext", "types": [] }, "include": ["src"] }')
  await write('package.json', '{ "type": "module" }')
  await write('src/main.ts', 'export const n: number = 1\n')
  said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text
    return true
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(dir, { recursive: true })
})

test('what has changed since is written when it is asked for again', async () => {
  await built()
  expect(await written('src/main.js')).toContain('n = 1')
  await write('src/main.ts', 'export const n: number = 2\n')
  await built()
  expect(await written('src/main.js')).toContain('n = 2')
  expect(said).toBe('')
})

test('a module that does not parse is told of, and fails no other', async () => {
  await write('src/broken.ts', 'export const = 1\n')
  await built()
  expect(said).toMatch(/src\/broken\.ts.*error TS\d+/)
  expect(await written('src/main.js')).toContain('n = 1')
})

test('nothing that was written is an error in the words of the compiler, also where an earlier run wrote something', async () => {
  await built()
  await write('tsconfig.json', '{ "include": ["elsewhere"] }')
  await expect(built()).rejects.toThrow(/wrote no .*src\/main\.js.*error TS18003/s)
})
