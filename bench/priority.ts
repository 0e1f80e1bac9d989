import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LANES } from '../src/alerts/lane.ts'
import type { Engine } from '../src/app/engine.ts'
import type { CarrierProfile } from '../src/carriers/schema.ts'
import { cellOf } from '../src/geo/cells.ts'
import type { Queues } from '../src/queue/queues.ts'
import type { Database } from '../src/store/database.ts'
import { benchAlert, launch } from './alerts.ts'
import { spread } from './measure.ts'
import { startEngineFor, startOneCarrier } from './one-carrier.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { allDelivered, durability, makeBroadcast, type Rig, startRig } from './rig.ts'
import { logDelayMs, type SmscLogReader } from './smsc-log.ts'

const limitMs = 1000
/** The first of each kind's numbers, so that the SMSC's log tells them apart. */
const numbers = { extreme: 818000000000, entry: 819000000000, lesser: 821000000000 } as const
const observedMs = 5000
const centre = { lon: 137, lat: 37.2 } as const

interface Size {
  readonly queued: number
  readonly recipients: number
  readonly runs: number
}

interface Sample {
  /** From the commit of the launch to the first submit_sm of the alert at the SMSC. */
  readonly firstMs: number
  /** Shares of what the SMSC took while the alert went out, for its first five seconds at most. */
  readonly extreme: number
  readonly entry: number
}

/**
 * Danger goes first: with a million lesser messages queued and being sent, and entry texts waiting too, an Extreme alert is
 * launched as the API does it. The whole engine but its API runs here; the SMSC, in a process of its own, says when the alert's first
 * submit_sm came.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      queued: { type: 'string', default: '1000000' },
      recipients: { type: 'string', default: '5000' },
      runs: { type: 'string', default: '5' },
      contracts: { type: 'string', default: '1000,20000' },
    },
  })
  const queued = wholeNumber('--queued', values.queued)
  const recipients = wholeNumber('--recipients', values.recipients)
  const runs = wholeNumber('--runs', values.runs)
  const rig = await startRig()
  try {
    print(`${figure(queued)} lesser messages queued; an Extreme alert to ${figure(recipients)} people, ${runs} times`)
    print(await durability(rig.db))
    await addResidents(rig.db, recipients)
    for (const text of values.contracts.split(',')) {
      const contract = wholeNumber('--contracts', text)
      const samples = await measure(rig, contract, { queued, recipients, runs })
      report(contract, samples)
    }
  } finally {
    await rig.close()
  }
}

async function measure(rig: Rig, contract: number, size: Size): Promise<Sample[]> {
  const { db } = rig
  const carrier = await startOneCarrier(rig.dir, contract)
  const route = [carrier.id]
  await makeBroadcast(db, { messages: size.queued, route, lane: LANES.other, first: numbers.lesser })
  const engine = await startEngineFor(carrier, rig, ['targeting', 'dispatch'])
  try {
    const samples: Sample[] = []
    for (let i = 0; i < size.runs; i++) {
      // Lesser messages have been leaving for a second.
      await carrier.taken(contract)
      const entries = { messages: contract * 2, route, lane: LANES.entry, first: numbers.entry }
      await makeBroadcast(db, entries)
      const { broadcastId, committedAt } = await launchExtreme(engine, carrier.profile)
      await allDelivered(db, [broadcastId], 120_000)
      await pause(logDelayMs)
      samples.push(await sampleOf(carrier.log, committedAt, size.recipients))
    }
    return samples
  } finally {
    await withdrawRest(db)
    await engine.stop()
    await carrier.close()
  }
}

/** The next contract has a queue of its own; a million messages that are being withdrawn would be in its way. */
async function withdrawRest(db: Database): Promise<void> {
  await db.pool.query('UPDATE broadcast SET cancelled_at = now() WHERE alert_id IS NULL AND cancelled_at IS NULL')
  for (let ready = true; ready; await pause(200)) {
    const { rowCount } = await db.pool.query("SELECT 1 FROM chunk WHERE state = 'ready' LIMIT 1")
    ready = rowCount !== 0
  }
}

/** Launched as the API does it. The commit is over when the selection is rung for. */
async function launchExtreme(
  { db, queues }: Engine,
  profile: CarrierProfile,
): Promise<{ broadcastId: number; committedAt: number }> {
  let committedAt = Number.NaN
  const noting: Queues = {
    ring: (...args) => {
      committedAt = Date.now()
      return queues.ring(...args)
    },
    work: (...args) => queues.work(...args),
    every: (...args) => queues.every(...args),
    close: () => queues.close(),
  }
  const alert = benchAlert('Extreme', { kind: 'circle', ...centre, radiusKm: 40 })
  const broadcastId = await launch({ db, queues: noting }, [profile], alert)
  return { broadcastId, committedAt }
}

/** Residents in the middle of the alert's zone. */
async function addResidents(db: Database, people: number): Promise<void> {
  await db.pool.query(
    `INSERT INTO resident (msisdn, mission, country, lon, lat, cell, language)
     SELECT $1::bigint + i, 'tokyo', 'JP', $3, $4, $5, 'en' FROM generate_series(0, $2::int - 1) AS i`,
    [numbers.extreme, people, centre.lon, centre.lat, cellOf(centre.lon, centre.lat)],
  )
}

/** What the SMSC took, from its own log since the last look. */
async function sampleOf(reader: SmscLogReader, committedAt: number, recipients: number): Promise<Sample> {
  const times: Record<'extreme' | 'entry' | 'lesser', number[]> = { extreme: [], entry: [], lesser: [] }
  await reader.read((kind, at, [, , , destination]) => {
    if (kind !== 'submit' || at < committedAt) return
    times[kindOf(Number(destination))].push(at)
  })
  const { extreme, entry, lesser } = times
  const first = extreme[0] as number
  if (extreme.length < recipients) {
    broken(`the SMSC took ${extreme.length} messages of an alert to ${recipients} people`)
  }
  const until = Math.min(extreme.at(-1) as number, first + observedMs)
  const within = (list: readonly number[]) => list.filter((at) => at >= first && at <= until).length
  const all = within(extreme) + within(entry) + within(lesser)
  return { firstMs: first - committedAt, extreme: within(extreme) / all, entry: within(entry) / all }
}

function kindOf(destination: number): 'extreme' | 'entry' | 'lesser' {
  if (destination >= numbers.lesser) return 'lesser'
  return destination >= numbers.entry ? 'entry' : 'extreme'
}

function report(contract: number, samples: readonly Sample[]): void {
  const first = samples.map((sample) => sample.firstMs)
  const shares = (of: (sample: Sample) => number) =>
    `${spread(
      samples.map((sample) => of(sample) * 100),
      1,
    )} %`
  print(`\ncontract ${figure(contract)}/s`)
  print(
    `from the commit of the launch to its first submit_sm at the SMSC: ${spread(first)} ms, limit ${figure(limitMs)} ms`,
  )
  print(`share of the account while it goes out, first 5 s at most: ${shares((sample) => sample.extreme)}`)
  print(`kept by the entry texts that wait (5 for each 100 of more urgent ones): ${shares((sample) => sample.entry)}`)
  for (const ms of first) if (!(ms <= limitMs)) broken(`the first submit_sm came after ${ms} ms`)
}
