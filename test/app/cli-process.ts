import { type ChildProcess, spawn } from 'node:child_process'
import { builtFile } from '../support/built.ts'

export interface CliProcess {
  readonly child: ChildProcess
  /** Everything written so far. */
  readonly out: () => string
  readonly err: () => string
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  /** Resolves when the output (standard or error) matches; rejects when the process ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

const running = new Set<ChildProcess>()

/** Ends what a failed test left running; call it when a file's tests are over. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await closed
    }),
  )
}

const main = builtFile('src/main.ts')

/** Runs `bongsu ARGS` as a process of its own, with nothing of our environment but PATH, HOME and what is given. */
export function bongsu(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
  stdin: 'ignore' | 'pipe' = 'ignore',
): CliProcess {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }), ...env },
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  })
  if (stdin === 'ignore') child.stdin.end()
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  // 'close', not 'exit': only then has everything been read.
  running.add(child)
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve(code ?? signal ?? 'unknown')
    }),
  )
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(out + err)
          if (found) resolve(found)
        }
        child.stdout.on('data', look)
        child.stderr.on('data', look)
        void ended.then((how) =>
          reject(new Error(`bongsu ${args.join(' ')} ended with ${how} before it said ${pattern}:\n${out}\n${err}`)),
        )
        look()
      }),
  }
}
