import { execFile } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What the package looks for beside its code. */
const beside = ['package.json', 'node_modules', 'migrations', 'geofences', 'carriers', 'docs', 'src/console']

/**
 * Writes the package and its tests as JavaScript, unchecked, below `dir`; returns the folder. The run starts a hundred processes of them,
 * and one that compiles TypeScript as it starts costs twice the CPU.
 */
export async function build(dir: string): Promise<string> {
  const out = join(dir, 'js')
  const tsc = join(root, 'node_modules/.bin/tsc')
  const args = ['-p', root, '--noEmit', 'false', '--noCheck', '--rootDir', root, '--outDir', out]
  // A module that does not parse is written too, and fails the tests that run it: not all others.
  await promisify(execFile)(tsc, args).catch((error: { code?: unknown }) => {
    if (typeof error.code !== 'number') throw error
  })
  for (const name of beside) await symlink(join(root, name), join(out, name))
  return out
}

/** The JavaScript of a module, named by its path in the package. */
export const builtFile = (module: string): string => join(inject('builtDir'), module.replace(/\.ts$/, '.js'))
