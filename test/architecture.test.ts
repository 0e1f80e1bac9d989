import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/**
 * What each folder of src may import of ours; the one place besides biome.json that says so. `app` and `main.ts`
 * know everything, and nothing may know them.
 */
const layers: Record<string, readonly string[]> = {
  lib: [],
  geo: ['lib'],
  smpp: ['lib'],
  alerts: ['lib', 'geo'],
  subscribers: ['lib', 'geo'],
  entry: ['lib', 'geo'],
  carriers: ['lib', 'smpp'],
  simulator: ['lib', 'smpp'],
  queue: ['lib'],
  store: ['lib', 'geo', 'alerts', 'subscribers', 'entry'],
  targeting: ['lib', 'geo', 'smpp', 'alerts', 'subscribers', 'entry', 'carriers', 'store', 'queue'],
  dispatch: ['lib', 'geo', 'smpp', 'alerts', 'subscribers', 'carriers', 'store', 'queue'],
  receipts: ['lib', 'smpp', 'carriers', 'store', 'queue'],
  reporting: ['lib', 'alerts', 'subscribers', 'store'],
  api: [
    'lib',
    'geo',
    'smpp',
    'alerts',
    'subscribers',
    'entry',
    'carriers',
    'store',
    'queue',
    'targeting',
    'dispatch',
    'receipts',
    'reporting',
  ],
  // Plain modules of the browser, served as they are: they know the REST API and nothing of ours.
  console: [],
}
const checkout = new URL('..', import.meta.url).pathname
const folders = [...Object.keys(layers), 'app']

const forms = {
  static: (path: string) => `import { x } from '${path}'\n\nconsole.log(x)\n`,
  'type-only': (path: string) => `import type { X } from '${path}'\n\nexport const x: X | undefined = undefined\n`,
  dynamic: (path: string) => `export const x = import('${path}')\n`,
  're-export': (path: string) => `export { x } from '${path}'\n`,
}
type Form = keyof typeof forms

interface Import {
  from: string
  to: string
  form: Form
  deep: boolean
}

/** Every direction there is, in every form; also out of and into a folder below. */
const imports: Import[] = Object.keys(layers).flatMap((from) =>
  [...folders, 'main.ts']
    .filter((to) => to !== from)
    .flatMap((to) =>
      (Object.keys(forms) as Form[]).flatMap((form) => [false, true].map((deep) => ({ from, to, form, deep }))),
    ),
)
const fileOf = ({ from, to, form, deep }: Import) =>
  `src/${from}/${deep ? 'below/' : ''}${form}-to-${to.replace('.', '-')}.ts`
const isAllowed = ({ from, to }: Import) => layers[from]?.includes(to) === true

/** File to the number of broken import rules in it, as biome finds them with the project's own configuration. */
let found: Map<string, number>
let project: string

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'bongsu-architecture-'))
  cpSync(join(checkout, 'biome.json'), join(project, 'biome.json'))
  symlinkSync(join(checkout, 'node_modules'), join(project, 'node_modules'))
  cpSync(join(checkout, '.gitignore'), join(project, '.gitignore'))
  for (const one of imports) {
    const up = one.deep ? '../..' : '..'
    const target = one.to === 'main.ts' ? 'main.ts' : one.deep ? `${one.to}/below/x.ts` : `${one.to}/x.ts`
    write(fileOf(one), forms[one.form](`${up}/${target}`))
  }
  found = lint()
})

afterAll(() => {
  rmSync(project, { recursive: true })
})

function write(path: string, content: string): void {
  mkdirSync(join(project, path, '..'), { recursive: true })
  writeFileSync(join(project, path), content)
}

function lint(): Map<string, number> {
  const biome = join(checkout, 'node_modules/@biomejs/biome/bin/biome')
  const args = [biome, 'lint', '--only=style/noRestrictedImports', '--max-diagnostics=none', '--reporter=json', 'src']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (!stdout.startsWith('{')) throw new Error(`biome did not report: ${stderr}`)
  const report = JSON.parse(stdout) as {
    diagnostics: { category: string; severity: string; location: { path: string | { file: string } } }[]
  }
  const counts = new Map<string, number>()
  for (const { category, severity, location } of report.diagnostics) {
    if (category !== 'lint/style/noRestrictedImports' || severity !== 'error') continue
    const path = typeof location.path === 'string' ? location.path : location.path.file
    counts.set(path, (counts.get(path) ?? 0) + 1)
  }
  return counts
}

describe('the direction of imports', () => {
  test('has a rule for every folder of src, and every rule a folder', () => {
    const src = join(checkout, 'src')
    const present = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory())
    expect(present.filter((name) => !folders.includes(name))).toEqual([])
    const config = JSON.parse(readFileSync(join(checkout, 'biome.json'), 'utf8')) as {
      overrides: { includes: string[] }[]
    }
    const ruled = config.overrides.flatMap(({ includes }) => includes).filter((glob) => glob.startsWith('src/'))
    expect(ruled.sort()).toEqual(
      Object.keys(layers)
        .map((layer) => `src/${layer}/**`)
        .sort(),
    )
  })

  test('has no way round: what a folder may import may not import it', () => {
    for (const [layer, allowed] of Object.entries(layers))
      for (const below of allowed) expect(layers[below], `${below} and ${layer}`).not.toContain(layer)
  })

  describe.each(Object.keys(layers))('out of %s', (from) => {
    const own = imports.filter((one) => one.from === from)

    test('is refused to every other folder, in every form of import', () => {
      const forbidden = own.filter((one) => !isAllowed(one))
      expect(forbidden.length).toBeGreaterThan(0)
      expect(forbidden.map(fileOf).filter((file) => found.get(file) !== 1)).toEqual([])
    })

    test('is open to the folders below it', () => {
      expect(
        own
          .filter(isAllowed)
          .map(fileOf)
          .filter((file) => found.has(file)),
      ).toEqual([])
    })
  })
})
