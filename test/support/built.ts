import { execFile } from 'node:child_process'
import { access, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inject } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What the package looks for beside its code. */
const beside = ['package.json', 'node_modules', 'migrations', 'geofences', 'carriers', 'docs', 'src/console']

const writtenBy = promisify(execFile)

/**
 * Writes a package and its tests as JavaScript, unchecked, below `dir`; returns the folder. The run starts a hundred processes of them,
 * and one that compiles TypeScript as it starts costs twice the CPU. Called again it writes what has changed since.
 *
 * @throws where its main module was not written
 */
export async function build(dir: string, from: string = root): Promise<string> {
  const out = join(dir, 'js')
  const main = join(out, 'src/main.js')
  const tsc = join(root, 'node_modules/.bin/tsc')
  const args = ['-p', from, '--noEmit', 'false', '--noCheck', '--rootDir', from, '--outDir', out]
  // What an earlier run wrote is no sign of this one.
  await rm(main, { force: true })
  // A module that does not parse is written too, and fails the tests that run it: not all others.
  const faults = await writtenBy(tsc, args).then(
    () => '',
    ({ code, stdout, stderr, message }) => (typeof code === 'number' ? `${stdout}${stderr}` : String(message)),
  )
  if (faults !== '') process.stderr.write(`tsc, for the processes that tests start:\n${faults}\n`)
  await access(main).catch(() => {
    throw new Error(`tsc wrote no ${main}, so no test can start a process: ${faults}`)
  })
  for (const name of beside) {
    await rm(join(out, name), { force: true })
    await symlink(join(from, name), join(out, name))
  }
  return out
}

/** The JavaScript of a module, named by its path in the package. */
export const builtFile = (module: string): string => join(inject('builtDir'), module.replace(/\.ts$/, '.js'))
