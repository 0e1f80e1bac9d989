import { parseArgs } from 'node:util'
import { startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import type { SmscStats } from '../src/simulator/smsc.ts'
import { spread } from './measure.ts'
import { type KannelFigures, pushByKannel } from './peers/kannel.ts'
import { figure, print, wholeNumber } from './print.ts'
import { credentials } from './rig.ts'

/** Kannel alone against the simulated SMSC of the dispatch benchmark: what a widely used gateway does on this machine. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      'kannel-messages': { type: 'string', default: '20000' },
      runs: { type: 'string', default: '3' },
      window: { type: 'string', default: '1000' },
    },
  })
  const messages = wholeNumber('--kannel-messages', values['kannel-messages'])
  const runs = wholeNumber('--runs', values.runs)
  const window = wholeNumber('--window', values.window)
  const smscs = await startSimulatedCarriers([
    { id: 'bench', options: { ...credentials, receipts: { delayMs: 50, jitterMs: 30, window: 1000 } } },
  ])
  try {
    print(`${figure(messages)} messages a run with receipts, window ${window}, ${runs} runs after a warm-up`)
    for (const feed of ['batch', 'http'] as const) {
      const results: KannelFigures[] = []
      for (let i = 0; i <= runs; i++) {
        const result = await pushByKannel({
          ...credentials,
          port: smscs.ports.bench as number,
          messages: i === 0 ? Math.min(messages, 2000) : messages,
          window,
          feed,
          stats: async () => (await smscs.stats()).bench as SmscStats,
        })
        if (result === undefined) return print('not installed: bearerbox is not on PATH (Debian package kannel)')
        if (i > 0) results.push(result)
      }
      report(feed, results)
    }
  } finally {
    await smscs.close()
  }
}

function report(feed: string, results: readonly KannelFigures[]): void {
  print(`Kannel, fed by ${feed.padEnd(16)}${spread(results.map((r) => r.perSecond))} messages/s`)
  const cpu = results.map((r) => r.cpuPerThousand)
  print(`CPU s per 1,000               ${spread(cpu, 3)}`)
}
