import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { vi } from 'vitest'
import { registerClientCommands } from '../../src/app/cli/commands.ts'
import { Problem } from '../../src/lib/problem.ts'
import { startApi, type TestApi } from './support.ts'

/** An API that listens, and a folder for the files of commands. */
export interface ServedApi extends TestApi {
  readonly dir: string
  /** Writes a file; returns its path. */
  file(name: string, text: string): Promise<string>
  /** Runs a client command as main.ts does; returns the Problem that it would print. */
  run(args: readonly string[], env?: Readonly<Record<string, string | undefined>>): Promise<Problem | undefined>
}

export async function serveApi(): Promise<ServedApi> {
  const api = await startApi()
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-cli-'))
  return {
    ...api,
    dir,
    async file(name, text) {
      const path = join(dir, name)
      await writeFile(path, text)
      return path
    },
    async run(args, env = {}) {
      const settings = { BONGSU_URL: url, BONGSU_API_KEY: api.keys.composer, BONGSU_APPROVER_KEY: undefined, ...env }
      for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value)
      const program = new Command('bongsu').exitOverride()
      registerClientCommands(program)
      try {
        await program.parseAsync(args, { from: 'user' })
        return undefined
      } catch (error) {
        if (error instanceof Problem) return error
        throw error
      }
    },
    // A request whose body is not read to its end would hold the server for over a minute.
    async close() {
      await api.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Takes what is written there; until `vi.restoreAllMocks`. */
export function catchOutput(stream: 'stdout' | 'stderr', take: (text: string) => void): void {
  vi.spyOn(process[stream], 'write').mockImplementation((text) => {
    take(String(text))
    return true
  })
}
