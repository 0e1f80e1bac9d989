import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The path of a program that tests need: found on PATH, else installed with apt-get where that is there and we are
 * root, else undefined (its tests are then skipped and listed by name at the end of the run).
 */
export function findOrInstall(program: string, debianPackage: string): string | undefined {
  const found = onPath(program)
  if (found !== undefined) return found
  const installer = onPath('apt-get')
  if (process.getuid?.() !== 0 || installer === undefined) return undefined
  console.log(`installing ${debianPackage} for the tests that need ${program}`)
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
  return onPath(program)
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
