import { parseArgs } from 'node:util'
import { type SimulatedCarriers, startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import { prng } from '../src/lib/prng.ts'
import { cpuSecondsBelow, median, spread } from './measure.ts'
import { type PushOptions, startPusher } from './peers/pusher.ts'
import { broken, figure, print, wholeNumber } from './print.ts'

const credentials = { systemId: 'bench', password: 'bench' }
/** What the issue asks for: cycles per second of ours by those of node-smpp. */
const target = 8
const warmUp = 20_000

/**
 * The SMPP stack alone (Link, Session, codec) over TCP: cycles of submit_sm, response, receipt, deliver_sm_resp against a simulated
 * SMSC in a process of its own. Beside it, in the same run and against the same SMSC, node-smpp 0.5.1 in its own process with the
 * same window, binds and text, noDelay set. Runs alternate; the fewer messages of node-smpp take about as long.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '400000' },
      'peer-messages': { type: 'string', default: '60000' },
      runs: { type: 'string', default: '5' },
      binds: { type: 'string', default: '1' },
      window: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
    },
  })
  const messages = wholeNumber('--messages', values.messages)
  const peerMessages = wholeNumber('--peer-messages', values['peer-messages'])
  const runs = wholeNumber('--runs', values.runs)
  const seed = wholeNumber('--seed', values.seed)
  const smscs = await startSimulatedCarriers([
    { id: 'bench', options: { ...credentials, receipts: { delayMs: 0, window: 1000 }, seed } },
  ])
  const options: PushOptions = {
    port: smscs.ports.bench as number,
    ...credentials,
    messages,
    binds: wholeNumber('--binds', values.binds),
    window: wholeNumber('--window', values.window),
    text: 'Leave the coast now and go to high ground. Ministry of Foreign Affairs.',
    source: '82232100404',
    firstDestination: 821_000_000_000 + prng(seed).int(100_000_000),
  }
  try {
    print(`${figure(messages)} cycles a run (node-smpp ${figure(peerMessages)}), ${runs} runs, each after a warm-up;`)
    print(`${options.binds} binds, window ${options.window}, seed ${seed}; client and SMSC in a process each`)
    const ours: Sample[] = []
    const theirs: Sample[] = []
    for (let i = 1; i <= runs; i++) {
      const our = await sampleOf('./bongsu.ts', options, smscs, messages)
      const their = await sampleOf('./node-smpp.ts', options, smscs, peerMessages)
      ours.push(our)
      theirs.push(their)
      print(`run ${i}: ${figure(our.perSecond)}/s, node-smpp ${figure(their.perSecond)}/s`)
    }
    report(ours, theirs)
  } finally {
    await smscs.close()
  }
}

interface Sample {
  readonly perSecond: number
  /** CPU seconds per 1,000 cycles. */
  readonly cpuClient: number
  readonly cpuSmsc: number
  readonly rssMb: number
}

/** One push by a client of its own. The SMSC's CPU is what all our children used, less the client's. */
async function sampleOf(
  client: string,
  options: PushOptions,
  smscs: SimulatedCarriers,
  messages: number,
): Promise<Sample> {
  const pusher = await startPusher(client, options)
  await pusher.push(Math.min(warmUp, messages))
  const before = (await smscs.stats()).bench?.accepted ?? 0
  const below = cpuSecondsBelow(process.pid)
  const own = process.cpuUsage()
  const { seconds, cpuSeconds, rssMb } = await pusher.push(messages)
  const { user, system } = process.cpuUsage(own)
  const smsc = cpuSecondsBelow(process.pid) - below - cpuSeconds - (user + system) / 1e6
  const accepted = ((await smscs.stats()).bench?.accepted ?? 0) - before
  if (accepted !== messages) broken(`${messages} messages were pushed, the SMSC accepted ${accepted}`)
  await pusher.close()
  return {
    perSecond: messages / seconds,
    cpuClient: (cpuSeconds / messages) * 1000,
    cpuSmsc: (smsc / messages) * 1000,
    rssMb,
  }
}

function report(ours: readonly Sample[], theirs: readonly Sample[]): void {
  const line = (what: string, values: readonly number[], digits = 0) =>
    print(`${what.padEnd(46)}${spread(values, digits)}`)
  print()
  line(
    'bongsu, cycles/s',
    ours.map(({ perSecond }) => perSecond),
  )
  line(
    'node-smpp 0.5.1, cycles/s',
    theirs.map(({ perSecond }) => perSecond),
  )
  const ratios = ours.map(({ perSecond }, i) => perSecond / (theirs[i] as Sample).perSecond)
  line(`ratio (target ${target})`, ratios, 2)
  line(
    'CPU s per 1,000 cycles: bongsu',
    ours.map(({ cpuClient }) => cpuClient),
    4,
  )
  line(
    'CPU s per 1,000 cycles: node-smpp',
    theirs.map(({ cpuClient }) => cpuClient),
    4,
  )
  line(
    'CPU s per 1,000 cycles: SMSC, with bongsu',
    ours.map(({ cpuSmsc }) => cpuSmsc),
    4,
  )
  line(
    'CPU s per 1,000 cycles: SMSC, with node-smpp',
    theirs.map(({ cpuSmsc }) => cpuSmsc),
    4,
  )
  line(
    'ratio of the clients` CPU',
    theirs.map(({ cpuClient }, i) => cpuClient / (ours[i] as Sample).cpuClient),
    2,
  )
  line(
    'peak memory MB: bongsu',
    ours.map(({ rssMb }) => rssMb),
  )
  line(
    'peak memory MB: node-smpp',
    theirs.map(({ rssMb }) => rssMb),
  )
  if (median(ratios) < target) print(`below the target of ${target} x`)
}
