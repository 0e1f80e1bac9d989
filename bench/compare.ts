import type { Contender } from './contender.ts'
import { broken } from './print.ts'
import type { BenchZone } from './zones.ts'

/** Milliseconds of each run, by contender, in their order. */
export type Times = readonly (readonly number[])[]

/** One warm-up of each, whose answers must be the same set; then the runs in turn, each time another contender first. */
export async function compareReading(
  contenders: readonly Contender[],
  zone: BenchZone,
  runs: number,
): Promise<{ people: number; times: Times }> {
  const found: Float64Array[] = []
  for (const contender of contenders) found.push((await contender.read(zone)).sort())
  expectSame(contenders, found, `${describe(zone)}, reading`)
  const times = await inTurn(contenders, runs, async (contender) => {
    const started = performance.now()
    await contender.read(zone)
    return performance.now() - started
  })
  return { people: found[0]?.length ?? 0, times }
}

/** The same for the making of messages; each begins with an empty table. */
export async function compareInserting(
  contenders: readonly Contender[],
  zone: BenchZone,
  runs: number,
): Promise<{ times: Times }> {
  const once = async (contender: Contender): Promise<number> => {
    await contender.clear()
    const insert = await contender.readyToInsert(zone)
    const started = performance.now()
    await insert()
    return performance.now() - started
  }
  const found: Float64Array[] = []
  for (const contender of contenders) {
    await once(contender)
    found.push((await contender.told()).sort())
  }
  expectSame(contenders, found, `${describe(zone)}, inserting`)
  return { times: await inTurn(contenders, runs, once) }
}

export const describe = ({ name, vertices }: BenchZone) => `${name}, ${vertices} vertices`

async function inTurn(
  contenders: readonly Contender[],
  runs: number,
  once: (contender: Contender) => Promise<number>,
): Promise<Times> {
  const times = contenders.map((): number[] => [])
  for (let run = 0; run < runs; run++) {
    for (let k = 0; k < contenders.length; k++) {
      const turn = (run + k) % contenders.length
      times[turn]?.push(await once(contenders[turn] as Contender))
    }
  }
  return times
}

/** Each against the first. */
function expectSame(contenders: readonly Contender[], found: readonly Float64Array[], what: string): void {
  const [first, ...others] = found
  others.forEach((other, k) => {
    const difference = differenceOf(first as Float64Array, other)
    if (difference === undefined) return
    const { onlyFirst, onlySecond } = difference
    const some = (ids: readonly number[]) => `${ids.length} (${ids.slice(0, 5).join(', ')})`
    broken(
      `${what}: only ${contenders[0]?.name} has ${some(onlyFirst)}, only ${contenders[k + 1]?.name} ${some(onlySecond)}`,
    )
  })
}

/** What two ascending lists do not have in common, a number as often as one has it more; undefined where they are equal. */
export function differenceOf(
  first: Float64Array,
  second: Float64Array,
): { onlyFirst: number[]; onlySecond: number[] } | undefined {
  const onlyFirst: number[] = []
  const onlySecond: number[] = []
  let [i, k] = [0, 0]
  while (i < first.length || k < second.length) {
    const a = first[i] ?? Number.POSITIVE_INFINITY
    const b = second[k] ?? Number.POSITIVE_INFINITY
    if (a <= b) i++
    if (b <= a) k++
    if (a < b) onlyFirst.push(a)
    else if (b < a) onlySecond.push(b)
  }
  return onlyFirst.length + onlySecond.length === 0 ? undefined : { onlyFirst, onlySecond }
}
