import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { EngineRole } from '../src/app/engine.ts'
import { packageRoot } from '../src/app/paths.ts'
import { freePort } from '../test/support/free-port.ts'
import type { Rig } from './rig.ts'

const startTimeoutMs = 60_000

/** `bongsu serve`, the built program, in a process of its own on the database of a rig: it can be measured and killed. */
export class EngineProcess {
  readonly #rig: Rig
  readonly #profiles: Readonly<Record<string, string>>
  readonly #roles: readonly EngineRole[]
  #port: number | undefined
  #child: ChildProcess | undefined

  /** @param profiles the YAML of each carrier, by id. */
  constructor(rig: Rig, profiles: Readonly<Record<string, string>>, roles: readonly EngineRole[]) {
    this.#rig = rig
    this.#profiles = profiles
    this.#roles = roles
  }

  get pid(): number {
    return this.#child?.pid as number
  }

  /** Of the API, where the roles have it. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Builds the program the first time; then resolves when the API is ready, or without one when the process runs. */
  async start(): Promise<void> {
    const { db, dir } = this.#rig
    const carriersDir = join(dir, 'carriers')
    if (this.#port === undefined) {
      this.#port = await freePort()
      await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: packageRoot })
      await mkdir(carriersDir, { recursive: true })
      for (const [id, yaml] of Object.entries(this.#profiles)) await writeFile(join(carriersDir, `${id}.yaml`), yaml)
    }
    const args = [join(packageRoot, 'dist', 'main.js'), 'serve', '--roles', this.#roles.join()]
    this.#child = spawn(process.execPath, args, {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: db.url,
        BONGSU_PORT: String(this.#port),
        BONGSU_CARRIERS_DIR: carriersDir,
        BONGSU_GEOFENCES_DIR: join(packageRoot, 'geofences'),
        BONGSU_DATA_DIR: dir,
        BONGSU_LOG_LEVEL: this.#rig.log.level,
        BONGSU_BOOTSTRAP_KEY: 'bench-bootstrap-key-of-no-use-0000',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await once(this.#child, 'spawn')
    if (this.#roles.includes('api')) await this.#ready()
  }

  /** Whether it ended by itself, as it does when it is started while the database is away. */
  get ended(): boolean {
    return this.#child !== undefined && hasEnded(this.#child)
  }

  /** SIGKILL: nothing is drained. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Lets it drain. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #ready(): Promise<void> {
    const giveUp = performance.now() + startTimeoutMs
    while (performance.now() < giveUp) {
      if (this.#child?.exitCode !== null) throw new Error(`the engine ended with code ${this.#child?.exitCode}`)
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined)
      if (answer?.ok) return
      await pause(50)
    }
    throw new Error(`the engine was not ready in ${startTimeoutMs / 1000} s`)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || hasEnded(child)) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null
