import { parseArgs } from 'node:util'
import { prng } from '../src/lib/prng.ts'
import { operationsOf } from '../test/api/fuzz/requests.ts'
import { fuzzApi } from '../test/api/fuzz/run.ts'
import { fuzzWorld } from '../test/api/fuzz/world.ts'
import { openApi } from '../test/api/open-api.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { startRig } from './rig.ts'

/**
 * Requests by the hundred thousand to everything that the API's own document lists, by every role and by nobody. Each answer has to be
 * as documented, none a fault of ours, none with a number in it that is not for who asked.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  })
  const requests = wholeNumber('--requests', values.requests)
  const seed = wholeNumber('--seed', values.seed)
  const rig = await startRig('silent')
  const api = await openApi(rig.db.url)
  try {
    const world = await fuzzWorld(api)
    const started = performance.now()
    const { findings, answers } = await fuzzApi({ ...api, ...world, random: prng(seed), requests })
    const seconds = (performance.now() - started) / 1000
    for (const finding of findings) broken(finding)
    const classes = new Map<string, number>()
    for (const [name, n] of answers) {
      const of = name.split(' ')[1] as string
      classes.set(of, (classes.get(of) ?? 0) + n)
    }
    print(`${requests} requests of seed ${seed} in ${figure(seconds)} s, ${figure(requests / seconds)} a second`)
    print(
      [...classes]
        .sort()
        .map(([of, n]) => `${of} ${n}`)
        .join(', '),
    )
    const never = operationsOf(api.app).filter(({ operationId }) => !answers.has(`${operationId} 2xx`))
    print(`never got right: ${never.map(({ operationId }) => operationId).join(', ') || 'none'}`)
    const { status } = await api.call(undefined, 'GET', '/readyz')
    if (status !== 200) broken(`the server answers ${status} afterwards`)
  } finally {
    await api.close()
    await rig.close()
  }
}
