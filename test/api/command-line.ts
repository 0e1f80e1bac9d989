import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
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
      return runCommand(registerClientCommands, args)
    },
    // A request whose body is not read to its end would hold the server for over a minute.
    async close() {
      await api.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Runs one of the commands that `register` adds, as main.ts does; returns the Problem that it would print. */
export async function runCommand(
  register: (program: Command) => void,
  args: readonly string[],
): Promise<Problem | undefined> {
  const program = new Command('bongsu').exitOverride()
  register(program)
  try {
    await program.parseAsync(args, { from: 'user' })
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** What a test has written to stdout and stderr; it may empty them. */
export interface Output {
  out: string
  err: string
}

/** Takes the output of each test of the file that calls it, which begins with none; what a test has stubbed goes with it. */
export function catchOutput(): Output {
  const output: Output = { out: '', err: '' }
  const take = (stream: 'stdout' | 'stderr', into: keyof Output) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[into] += String(text)
      return true
    })
  beforeEach(() => {
    output.out = ''
    output.err = ''
    take('stdout', 'out')
    take('stderr', 'err')
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })
  return output
}

/** An API that serves the file that calls it, and the terminal at which its tests give commands. */
export interface Terminal extends Output {
  readonly api: ServedApi
}

export function openTerminal(): Terminal {
  let api: ServedApi | undefined
  beforeAll(async () => {
    api = await serveApi()
  })
  afterAll(() => api?.close(), 20_000)
  return Object.defineProperty(catchOutput(), 'api', { get: () => api }) as Terminal
}
