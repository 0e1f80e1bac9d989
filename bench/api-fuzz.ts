import { parseArgs } from 'node:util'
import { fuzzApi } from '../test/api/fuzz/run.ts'
import { fuzzDeps, fuzzWorld } from '../test/api/fuzz/world.ts'
import { openApi } from '../test/api/open-api.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { startRig } from './rig.ts'

/**
 * Requests by the hundred thousand to everything that the API's own document lists, by every role and by nobody. Each answer has to be
 * as documented, none a fault of ours, none with a number in it that is not for who asked; and each operation has to be done at least once.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  })
  const requests = wholeNumber('--requests', values.requests)
  const seed = wholeNumber('--seed', values.seed)
  const rig = await startRig('silent')
  const api = await openApi(rig.db.url, fuzzDeps)
  try {
    const world = await fuzzWorld(api)
    const started = performance.now()
    const { findings, tallies } = await fuzzApi({ ...api, ...world, seed, requests })
    const seconds = (performance.now() - started) / 1000
    for (const finding of findings) broken(finding)
    print(`${requests} requests of seed ${seed} in ${figure(seconds)} s, ${figure(requests / seconds)} a second`)
    for (const [name, { asked, taken, refused, missed }] of tallies) {
      const why = [...missed].map(([code, n]) => `${code} ${n}`).join(', ')
      print(
        `${name.padEnd(26)} ${String(asked).padStart(6)} asked, 2xx ${String(taken).padStart(6)}, 4xx ${String(refused).padStart(6)}  ${why}`,
      )
    }
    const never = [...tallies].filter(([, { taken }]) => taken === 0).map(([name]) => name)
    if (never.length > 0) broken(`never done: ${never.join(', ')}`)
    const { status } = await api.call(undefined, 'GET', '/readyz')
    if (status !== 200) broken(`the server answers ${status} afterwards`)
  } finally {
    await api.close()
    await rig.close()
  }
}
