import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { stateCounts } from '../src/store/reports/state-counts.ts'
import { Api } from './api.ts'
import { spread } from './measure.ts'
import { type OneCarrier, startEngineFor, startOneCarrier } from './one-carrier.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { durability, type Rig, startRig } from './rig.ts'
import { logDelayMs } from './smsc-log.ts'

/** What is promised: a retraction is with its first reader in under a minute. */
const limitMs = 60_000
const country = 'JP'
const text = '[외교부] 지진해일 경보. 즉시 해안에서 벗어나 높은 곳으로 대피하세요.'

/** Milliseconds from the decision: the moment before the request is made. */
interface Sample {
  /** The request's answer. */
  readonly answered: number
  /** The last text of the alert at the SMSC; what was in a window then is on its way. */
  readonly lastOriginal: number
  /** Nothing of the alert is queued any more. */
  readonly purged: number
  readonly firstCorrection: number
  readonly lastCorrection: number
  /** Who had the alert by then. */
  readonly corrected: number
}

/**
 * One person takes back a broadcast that is half out, through the API of a whole engine. The log of the simulated SMSC, a process of its
 * own, is the judge: the second text to a number is its correction.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      recipients: { type: 'string', default: '200000' },
      contract: { type: 'string', default: '5000' },
      runs: { type: 'string', default: '3' },
    },
  })
  const recipients = wholeNumber('--recipients', values.recipients)
  const contract = wholeNumber('--contract', values.contract)
  const runs = wholeNumber('--runs', values.runs)
  const rig = await startRig()
  try {
    print(
      `an Extreme alert to ${figure(recipients)} people at ${figure(contract)}/s, taken back half-way, ${runs} times`,
    )
    print(await durability(rig.db))
    await fill(rig, recipients)
    report(await measure(rig, contract, { recipients, runs }))
  } finally {
    await rig.close()
  }
}

async function measure(
  rig: Rig,
  contract: number,
  { recipients, runs }: { readonly recipients: number; readonly runs: number },
): Promise<Sample[]> {
  const carrier = await startOneCarrier(rig.dir, contract)
  const engine = await startEngineFor(carrier, rig, ['api', 'targeting', 'dispatch'])
  try {
    const api = await Api.of(rig.db, engine.url as string)
    const samples: Sample[] = []
    for (let i = 1; i <= runs; i++) {
      const sample = await takeBackHalfWay({ rig, api, carrier }, recipients)
      samples.push(sample)
      print(
        `run ${i}: ${figure(sample.corrected)} had it; first correction after ${figure(sample.firstCorrection)} ms, last after ${figure(sample.lastCorrection)} ms`,
      )
    }
    return samples
  } finally {
    await engine.stop()
    await carrier.close()
  }
}

interface Stage {
  readonly rig: Rig
  readonly api: Api
  readonly carrier: OneCarrier
}

async function takeBackHalfWay({ rig: { db }, api, carrier }: Stage, recipients: number): Promise<Sample> {
  const alertId = await api.approvedAlert(country, text)
  const { broadcastId } = await api.launch(alertId)
  await carrier.taken(Math.floor(recipients / 2))
  const decided = Date.now()
  const back = await api.retract(alertId)
  const answered = Date.now() - decided
  await none(async () => (await stateCounts(db.pool, broadcastId)).states.pending)
  const purged = Date.now() - decided
  await none(async () => {
    const { states, matched } = await stateCounts(db.pool, back.broadcastId)
    // None at all: it is still being counted.
    return matched === 0 ? 1 : states.pending + states.submitted
  })
  await pause(logDelayMs)
  const seen = new Map<string, number>()
  const originals: number[] = []
  const corrections: number[] = []
  await carrier.log.read((kind, at, [, , , destination = '']) => {
    if (kind !== 'submit') return
    const times = (seen.get(destination) ?? 0) + 1
    seen.set(destination, times)
    ;(times === 1 ? originals : corrections).push(at - decided)
    if (times > 2) broken(`${destination} got ${times} texts`)
  })
  const { matched } = await stateCounts(db.pool, back.broadcastId)
  if (corrections.length !== originals.length || matched !== originals.length) {
    broken(`${originals.length} people got the alert, ${corrections.length} its correction, ${matched} were to`)
  }
  return {
    answered,
    purged,
    lastOriginal: Math.max(0, originals.at(-1) as number),
    firstCorrection: corrections[0] as number,
    lastCorrection: corrections.at(-1) as number,
    corrected: originals.length,
  }
}

async function none(left: () => Promise<number>): Promise<void> {
  const giveUp = performance.now() + 600_000
  while ((await left()) > 0) {
    if (performance.now() > giveUp) throw new Error('the retraction did not come to its end')
    await pause(20)
  }
}

/** Roamers of whom only the country is known, as most are. */
async function fill({ db }: Rig, people: number): Promise<void> {
  await db.pool.query(
    `INSERT INTO roamer (msisdn, hplmn, country, entered_at, seen_at)
     SELECT 821000000000 + i, '45008', $1, now(), now() FROM generate_series(1, $2::int) i`,
    [country, people],
  )
  await db.pool.query('VACUUM ANALYZE roamer')
}

function report(samples: readonly Sample[]): void {
  const ms = (of: (sample: Sample) => number) => `${spread(samples.map(of))} ms`
  print('\nfrom the decision to')
  print(`the answer of the API                       ${ms((s) => s.answered)}`)
  print(`the last text of the alert at the SMSC      ${ms((s) => s.lastOriginal)}`)
  print(`nothing of the alert queued any more        ${ms((s) => s.purged)}`)
  print(`the first correction at the SMSC            ${ms((s) => s.firstCorrection)}, limit ${figure(limitMs)} ms`)
  print(`the last correction at the SMSC             ${ms((s) => s.lastCorrection)}`)
  print(`corrections a second, from first to last    ${spread(samples.map(perSecond))}`)
  for (const { firstCorrection } of samples) {
    if (!(firstCorrection <= limitMs)) broken(`the first correction came after ${firstCorrection} ms`)
  }
}

const perSecond = ({ corrected, firstCorrection, lastCorrection }: Sample) =>
  (corrected - 1) / ((lastCorrection - firstCorrection) / 1000)
