import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** What a kept folder holds: whose people, how often a tenth of them have been moved since, and whether the peer has them too. */
interface State {
  readonly people: number
  readonly seed: number
  readonly rounds: number
  readonly peer: boolean
}

/** A folder whose loaded databases are used again by the next run, because loading ten million takes minutes. */
export interface Kept {
  readonly dir: string
  /** Undefined where nothing is loaded yet. */
  readonly rounds: number | undefined
  readonly peer: boolean
  save(rounds: number, peer: boolean): Promise<void>
}

/** @throws where the folder holds something else, or other people */
export async function openKept(path: string, people: number, seed: number): Promise<Kept> {
  const dir = resolve(path)
  const file = join(dir, 'world.json')
  await mkdir(dir, { recursive: true })
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const state = text === undefined ? undefined : (JSON.parse(text) as State)
  if (state && (state.people !== people || state.seed !== seed))
    throw new Error(
      `${dir} holds ${state.people} people of seed ${state.seed}: use --people ${state.people}, or another folder`,
    )
  if (!state && (await readdir(dir)).length > 0)
    throw new Error(`${dir} is not empty, and no benchmark finished loading there: empty it, or name another folder`)
  return {
    dir,
    rounds: state?.rounds,
    peer: state?.peer ?? false,
    save: (rounds, peer) => writeFile(file, JSON.stringify({ people, seed, rounds, peer } satisfies State)),
  }
}
