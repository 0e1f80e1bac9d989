import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The path of a program that tests need: found on PATH, else installed with apt-get where that is there and we are
 * root, else undefined (its tests are then skipped and listed by name at the end of the run).
 */
export function findOrInstall(program: string, debianPackage: string): string | undefined {
  return onPath(program) ?? (tryToInstall(debianPackage, program) ? onPath(program) : undefined)
}

/** The path of a Chromium, or of the Chrome that is made of it, likewise. */
export const findChromium = (): string | undefined => onPath('google-chrome') ?? findOrInstall('chromium', 'chromium')

/** The path of a Perl that has `module`, likewise. */
export function findPerlWith(module: string, debianPackage: string): string | undefined {
  const perl = () => {
    const path = onPath('perl')
    return path !== undefined && spawnSync(path, [`-M${module}`, '-e', '1']).status === 0 ? path : undefined
  }
  return perl() ?? (tryToInstall(debianPackage, module) ? perl() : undefined)
}

/** @returns whether it was tried: that it succeeded shows when the program is looked for again. */
function tryToInstall(debianPackage: string, wanted: string): boolean {
  const installer = onPath('apt-get')
  if (process.getuid?.() !== 0 || installer === undefined) return false
  console.log(`installing ${debianPackage} for the tests that need ${wanted}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    execFileSync(installer, ['update', '-qq'], { env, stdio: 'ignore', timeout: 180_000 })
    execFileSync(installer, ['install', '-y', '-qq', '--no-install-recommends', debianPackage], {
      env,
      stdio: 'ignore',
      timeout: 600_000,
    })
  } catch (error) {
    console.warn(`apt-get cannot install ${debianPackage}: ${(error as Error).message}`)
  }
  return true
}

function onPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin']
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0
  } catch {
    return false
  }
}
