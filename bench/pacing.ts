import { parseArgs } from 'node:util'
import { LANES } from '../src/alerts/lane.ts'
import { startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import { table } from '../src/reporting/text-table.ts'
import { median, spread } from './measure.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import {
  allDelivered,
  credentials,
  durability,
  makeBroadcast,
  profileOf,
  type Rig,
  startRig,
  startSender,
} from './rig.ts'
import { measureStored } from './stored.ts'
import { listenIn, stopListening, type WireLog } from './wire.ts'

/** Small enough that some cases are bound by it and not by their contract; carriers allow 10 to 100. */
const window = 100
const contracts = '10,100,1000,10000'
const bindCounts = [1, 2, 8]
const latencies = [5, 50, 300]
/** Cases of one contract run at once while their contracts add up to no more: they must not fight for the processor. */
const together = 4000
/** While stored receipts come. */
const storedContract = 500
/** What a contract of 10 sends in 6 s is too little to tell 99 % from 98. */
const leastMessages = 200

interface Case {
  readonly id: string
  readonly contract: number
  readonly binds: number
  readonly latencyMs: number
}

interface Sample {
  /** Highest sliding second at our writes and at the SMSC. */
  readonly ours: number
  readonly theirs: number
  /** Messages per second in the steady part of the run. */
  readonly rate: number
  readonly responseMs: number
}

/**
 * Is a contract a ceiling, and is it used? Dispatcher, ledger and PostgreSQL as in production, each case with an account of its own
 * against a simulated SMSC in another process. The ceiling is judged at our own socket writes; the SMSC's arrivals, which the
 * network and its event loop bunch, stand beside it. `--stored N` measures instead what N receipts that were stored up at the SMSC
 * do to a contract when they come on bind.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '6' },
      runs: { type: 'string', default: '3' },
      contracts: { type: 'string', default: contracts },
      stored: { type: 'string' },
    },
  })
  const seconds = wholeNumber('--seconds', values.seconds)
  const runs = wholeNumber('--runs', values.runs)
  const chosen = values.contracts.split(',').map((text) => wholeNumber('--contracts', text))
  const rig = await startRig()
  if (values.stored !== undefined) {
    const n = wholeNumber('--stored', values.stored)
    return measureStored(rig, n, storedContract).finally(() => rig.close())
  }
  try {
    print(`window ${window} a bind; about ${seconds} s a case after the first second; ${runs} runs after a warm-up`)
    print(await durability(rig.db))
    await measureTogether(rig, [{ id: 'warm-up', contract: 5000, binds: 2, latencyMs: 5 }], 2)
    const results = new Map<Case, Sample[]>()
    for (const contract of chosen) await runContract(rig, contract, seconds, runs, results)
    report(results)
  } finally {
    stopListening()
    await rig.close()
  }
}

async function runContract(
  rig: Rig,
  contract: number,
  seconds: number,
  runs: number,
  results: Map<Case, Sample[]>,
): Promise<void> {
  const cases = bindCounts.flatMap((binds) =>
    latencies.map((latencyMs): Case => ({ id: `c${contract}-b${binds}-l${latencyMs}`, contract, binds, latencyMs })),
  )
  const size = Math.max(1, Math.floor(together / contract))
  for (let i = 0; i < runs; i++) {
    for (let at = 0; at < cases.length; at += size) {
      const group = cases.slice(at, at + size)
      const samples = await measureTogether(rig, group, seconds)
      for (const [k, one] of group.entries()) results.set(one, [...(results.get(one) ?? []), samples[k] as Sample])
    }
  }
}

async function measureTogether(rig: Rig, cases: readonly Case[], seconds: number): Promise<Sample[]> {
  const smscs = await startSimulatedCarriers(
    cases.map(({ id, latencyMs }) => ({
      id,
      options: {
        ...credentials,
        latencyMs: { mean: latencyMs },
        receipts: { delayMs: 200, jitterMs: 100, window: 1000 },
      },
    })),
  )
  try {
    const broadcasts: number[] = []
    const wires: WireLog[] = []
    const profiles = cases.map(({ id, contract, binds }) => {
      const port = smscs.ports[id] as number
      wires.push(listenIn(port))
      return profileOf(id, port, [`throughput: ${contract}`, `binds: ${binds}`, `window: ${window}`])
    })
    for (const one of cases) {
      const messages = Math.max(leastMessages, Math.round(possibleRate(one, one.latencyMs) * (seconds + 1)))
      broadcasts.push(await makeBroadcast(rig.db, { messages, route: [one.id], lane: LANES.severe }))
    }
    const sender = await startSender(rig, profiles)
    await allDelivered(rig.db, broadcasts, 120_000 + seconds * 10_000)
    const stats = await smscs.stats()
    await sender.stop()
    return cases.map(({ id }, i) => {
      const wire = wires[i] as WireLog
      return {
        ours: wire.busiestSecond,
        theirs: stats[id]?.maxInOneSecond ?? 0,
        rate: steadyRate(wire),
        responseMs: wire.meanResponseMs,
      }
    })
  } finally {
    await smscs.close()
  }
}

/** What contract and windows allow when a response takes `responseMs`. */
const possibleRate = ({ contract, binds }: Case, responseMs: number) =>
  Math.min(contract, (binds * window * 1000) / responseMs)

/**
 * Over as many whole seconds as lie between the first one and the last tenth of the messages: neither the start nor the last chunk
 * counts, and what keeps a contract in every second cannot come out above it.
 */
function steadyRate({ at, count }: WireLog): number {
  const from = (at[0] as number) + 1000
  const total = count.reduce((sum, n) => sum + n, 0)
  let out = 0
  const nearlyAll = at.findIndex((_, i) => {
    out += count[i] as number
    return out >= total * 0.9
  })
  const seconds = Math.floor(((at[nearlyAll] as number) - from) / 1000)
  const sent = count.filter((_, i) => (at[i] as number) >= from && (at[i] as number) < from + seconds * 1000)
  return sent.reduce((sum, n) => sum + n, 0) / seconds
}

function report(results: ReadonlyMap<Case, readonly Sample[]>): void {
  const head = 'contract,binds,latency,response,possible,busiest,at SMSC,used % (spread),of possible'.split(',')
  const rows = [head]
  for (const [one, samples] of results) {
    const responseMs = median(samples.map((sample) => sample.responseMs))
    const possible = possibleRate(one, responseMs)
    const ours = Math.max(...samples.map((sample) => sample.ours))
    const used = samples.map((sample) => sample.rate / one.contract)
    const ofPossible = median(samples.map(({ rate, responseMs: own }) => rate / possibleRate(one, own)))
    rows.push([
      figure(one.contract),
      String(one.binds),
      String(one.latencyMs),
      figure(responseMs, 1),
      figure(possible),
      figure(ours),
      figure(Math.max(...samples.map((sample) => sample.theirs))),
      spread(
        used.map((share) => share * 100),
        1,
      ),
      figure(ofPossible * 100, 1),
    ])
  }
  print('\nper second, and ms; busiest: the highest sliding second at our socket writes, and at the SMSC')
  for (const line of table(rows, [0, 1, 2, 3, 4, 5, 6, 8], 0)) print(line)
  print()
  let kept = 0
  let used = 0
  let allowed = 0
  for (const [one, samples] of results) {
    const over = samples.filter((sample) => sample.ours > one.contract)
    if (over.length === 0) kept++
    else
      broken(`${one.id}: ${Math.max(...over.map((sample) => sample.ours))} submit_sm in one second of ${one.contract}`)
    if (samples.some(({ responseMs }) => possibleRate(one, responseMs) < one.contract)) continue
    allowed++
    if (median(samples.map((sample) => sample.rate)) >= one.contract * 0.99) used++
  }
  print(`never above the contract at our writes: ${kept} of ${results.size} cases`)
  print(`at least 99 % of the contract used where the windows allow it: ${used} of ${allowed} cases`)
}
