import { parseArgs } from 'node:util'
import { prng } from '../src/lib/prng.ts'
import { EngineProcess } from './engine-process.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { durability, profileYaml, startRig } from './rig.ts'
import { differences, outcomeCounts } from './travel/differences.ts'
import { Due } from './travel/due.ts'
import { homes } from './travel/feeds.ts'
import { lastDay } from './travel/last-day.ts'
import { feedKeys, sendAll } from './travel/replay.ts'
import { World } from './travel/world.ts'

const dayMs = 86_400_000
const profileLines = ['throughput: 1000', 'live: true']

/**
 * A day of arrivals, replayed through the API of a real `serve` as fast as it takes them, while it is killed with SIGKILL again and again;
 * then held against what was due: the set of texts of each journey, and the reason of each notification that made none.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      arrivals: { type: 'string', default: '150000' },
      kills: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  })
  const seed = wholeNumber('--seed', values.seed)
  const kills = Number(values.kills)
  const arrivals = wholeNumber('--arrivals', values.arrivals)
  const day = lastDay(arrivals, seed)
  const rig = await startRig()
  const reaches = `reaches: [{ population: roamers, hplmn: [${homes.slice(0, 3).map((home) => `"${home}"`)}] }]`
  const yaml = profileYaml('bench', 2775, profileLines).replace(/^reaches: .*$/m, reaches)
  const engine = new EngineProcess(rig, { bench: yaml }, ['api', 'targeting'])
  try {
    print(await durability(rig.db))
    const sent = day.batches.reduce((sum, { deliveries }) => sum + deliveries.length, 0)
    print(
      `${figure(day.arrivals)} arrivals, ${figure(sent)} notifications in ${figure(day.batches.length)} batches, seed ${seed}`,
    )
    const world = new World({ campaignAt: day.from + dayMs / 2, waits: false })
    await engine.start()
    await world.furnish(rig.db, day.subscribers)
    const target = {
      db: rig.db,
      keys: await feedKeys(rig.db),
      url: () => engine.url,
      kill: async () => {
        await engine.kill()
        await engine.start()
      },
    }
    const random = prng(seed)
    // A request is acknowledged after some 30 ms, and worked off after 150.
    const killAt = new Map(Array.from({ length: kills }, () => [random.int(day.batches.length), random.int(150)]))
    const due = new Due(world.rules)
    const startedAt = performance.now()
    const unanswered = await sendAll(target, day.batches, due, killAt)
    const seconds = (performance.now() - startedAt) / 1000
    print(
      `replayed in ${figure(seconds, 1)} s: ${figure(dayMs / 1000 / seconds)} x as fast as the day, ${figure(sent / seconds)}/s one batch at a time; ` +
        `killed ${killAt.size} times, ${unanswered} requests without an answer, each repeated`,
    )
    for (const [outcome, n] of [...outcomeCounts(due)].sort((a, b) => b[1] - a[1]))
      print(`  ${outcome.padEnd(14)} ${figure(n)}`)
    const texts = due.sets.reduce((sum, set) => sum + set.texts.length, 0)
    print(
      `${figure(due.sets.length)} journeys told with ${figure(texts)} texts (${figure(texts / due.sets.length, 2)} each)`,
    )
    const found = await differences(rig.db, due)
    for (const line of found) broken(line)
    if (found.length === 0) print('exactly what was due: every set, every reason, every sum')
  } finally {
    await engine.stop()
    await rig.close()
  }
}
