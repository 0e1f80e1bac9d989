import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { LANES } from '../src/alerts/lane.ts'
import { type SimulatedCarriers, startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import { type Prng, prng } from '../src/lib/prng.ts'
import { verifyTallies } from '../src/reporting/verify-tallies.ts'
import type { SmscOptions } from '../src/simulator/settings.ts'
import type { Database } from '../src/store/database.ts'
import { noStates, type StateCounts } from '../src/store/states.ts'
import { EngineProcess } from './engine-process.ts'
import { Evidence, type JudgedMessage, type Verdict } from './judge.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { credentials, durability, makeBroadcast, postmasterPid, profileYaml, startRig } from './rig.ts'
import { logDelayMs } from './smsc-log.ts'

const carriers = ['north', 'south'] as const
const contract = 3000
const binds = 3
const window = 100
/** The most that an account marks before it sends (src/dispatch/account.ts). */
const slice = Math.min(window * binds, Math.ceil(contract / 4))
const profile = [
  `throughput: ${contract}`,
  `binds: ${binds}`,
  `window: ${window}`,
  'receipts: { idInResponse: hex, idInReceipt: decimal }',
  'timers: { enquireLink: 3s, response: 3s, reconnect: [200ms, 2s] }',
  'downAfter: 4s',
]
/** When nothing has moved for so long, it is over. */
const quietMs = 8000
const patienceMs = 420_000

/**
 * Everything at once: two SMSCs with every fault of the simulator, the engine killed with SIGKILL again and again, PostgreSQL stopped
 * and started. Afterwards the logs of the SMSCs are held against the database: nobody lost, no state wrong, hardly anybody told twice.
 * The alert's policy is `resend`.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '200000' },
      seed: { type: 'string', default: '1' },
      'kill-every': { type: 'string', default: '6' },
      clean: { type: 'boolean', default: false },
      logs: { type: 'string' },
    },
  })
  const messages = wholeNumber('--messages', values.messages)
  const seed = wholeNumber('--seed', values.seed)
  const killEverySeconds = wholeNumber('--kill-every', values['kill-every'])
  const rig = await startRig('fatal')
  // A folder to keep the SMSCs' logs in, for whoever looks into what is broken.
  if (values.logs !== undefined) await mkdir(values.logs, { recursive: true })
  const logs = carriers.map((id) => join(values.logs ?? rig.dir, `${id}.log`))
  const smscs = await startSimulatedCarriers(
    carriers.map((id, i) => ({ id, options: { ...faulty(seed + i, values.clean), log: logs[i] as string } })),
  )
  const engine = new EngineProcess(rig, profilesFor(smscs), ['targeting', 'dispatch'])
  try {
    print(
      `${figure(messages)} messages over ${carriers.length} carriers, each ${contract}/s, ${binds} binds, window ${window}`,
    )
    print(`seed ${seed}; ${values.clean ? 'no damaged PDUs or broken streams' : 'damaged PDUs and broken streams too'}`)
    print(await durability(rig.db))
    const half = Math.ceil(messages / 2)
    const first = 821000000000
    const ids = [
      await makeBroadcast(rig.db, { messages: half, route: carriers, lane: LANES.severe, first }),
      await makeBroadcast(rig.db, {
        messages: messages - half,
        route: carriers.toReversed(),
        lane: LANES.severe,
        first: first + half,
      }),
    ]
    const started = performance.now()
    const { kills, restarts } = await havoc(rig.db, engine, smscs, messages, killEverySeconds, prng(seed))
    const finished = await settle(rig.db)
    print(
      `${figure((performance.now() - started) / 1000)} s; the engine killed ${kills} times, PostgreSQL ${restarts.join(' and ')}`,
    )
    await engine.stop()
    await pause(logDelayMs)
    if (!finished) broken('messages are still pending, and nothing moves')
    const stats = await smscs.stats()
    for (const id of carriers) print(`${id}: ${JSON.stringify(stats[id])}`)
    const { rows } = await rig.db.pool.query<{ n: number }>('SELECT count(*) n FROM parked_receipt')
    print(`receipts that found no message: ${figure(rows[0]?.n ?? 0)}`)
    await judge(rig.db, ids, logs, kills)
  } finally {
    await engine.stop()
    await smscs.close()
    await rig.close()
  }
}

function faulty(seed: number, clean: boolean): SmscOptions {
  return {
    ...credentials,
    seed,
    maxBinds: binds,
    tps: Math.ceil(contract * 1.1),
    congestion: true,
    latencyMs: { mean: 25, jitter: 40, distribution: 'lognormal' },
    bindErrors: { ESME_RALYBND: 0.1, ESME_RSYSERR: 0.1 },
    errors: { ESME_RSYSERR: 0.003, ESME_RTHROTTLED: 0.0005, ESME_RINVDSTADR: 0.001 },
    fullQueues: { share: 0.003, forMs: 2000 },
    noId: 0.001,
    receipts: {
      delayMs: 600,
      jitterMs: 600,
      distribution: 'lognormal',
      states: { UNDELIV: 0.02, EXPIRED: 0.01, REJECTD: 0.005 },
      duplicates: 0.02,
      early: 0.02,
      never: 0.002,
      reorder: 0.05,
      intermediate: 0.05,
      format: 'mixed',
      idInResponse: 'hex',
      idInReceipt: 'decimal',
      idVariants: 0.1,
      window: 500,
    },
    faults: {
      dropEveryMs: 10_000,
      stallEveryMs: 25_000,
      stallForMs: 2000,
      unbindEveryMs: 20_000,
      // A third of the contract in submit_sm and deliver_sm_resp is 112,000: a bind at its most is read from a little too slowly.
      slowReadBytesPerS: 110_000,
      fragment: 0.05,
      enquireLinkMs: 2000,
      ...(clean ? {} : { brokenEveryMs: 25_000, malformed: 0.001 }),
    },
  }
}

const profilesFor = ({ ports }: SimulatedCarriers) =>
  Object.fromEntries(carriers.map((id) => [id, profileYaml(id, ports[id] as number, profile)]))

/** Kills the engine at seeded times after it has bound, until nothing is pending; stops PostgreSQL after a third and after two thirds. */
async function havoc(
  db: Database,
  engine: EngineProcess,
  smscs: SimulatedCarriers,
  messages: number,
  everySeconds: number,
  random: Prng,
): Promise<{ kills: number; restarts: string[] }> {
  const restarts: string[] = []
  let kills = 0
  let killAt: number | undefined
  const giveUp = performance.now() + patienceMs
  await engine.start()
  while (performance.now() < giveUp) {
    await pause(100)
    const pending = (await countStates(db))?.pending
    if (pending === 0) break
    if (pending !== undefined && pending < (messages * (2 - restarts.length)) / 3 && restarts.length < 2) {
      const immediate = restarts.length === 1
      process.kill(await postmasterPid(db), immediate ? 'SIGQUIT' : 'SIGINT')
      restarts.push(immediate ? 'stopped in the middle of everything (immediate)' : 'stopped fast')
    }
    // As a supervisor would: an engine that finds nobody listening when it starts gives up.
    if (engine.ended) await engine.start()
    const stats = await smscs.stats()
    if (carriers.some((id) => stats[id]?.binds === 0)) continue
    killAt ??= performance.now() + everySeconds * 1000 * (0.5 + random.next())
    if (performance.now() < killAt) continue
    await engine.kill()
    kills++
    killAt = undefined
    await pause(random.int(500))
    await engine.start()
  }
  return { kills, restarts }
}

/**
 * Waits until no receipt changes anything any more. Parked receipts are tried again at pauses that double up to ten minutes: here
 * their turn comes at once. Returns whether everything is final or waits for a receipt.
 */
async function settle(db: Database): Promise<boolean> {
  const giveUp = performance.now() + patienceMs
  let last = ''
  let since = performance.now()
  for (;;) {
    await pause(500)
    await db.pool
      .query('UPDATE parked_receipt SET next_try_at = now() WHERE next_try_at > now()')
      .catch(() => undefined)
    const states = await countStates(db)
    const now = JSON.stringify(states)
    if (now !== last) since = performance.now()
    last = now
    const quiet = performance.now() - since > quietMs
    if (quiet || performance.now() > giveUp) return states?.pending === 0 && states.uncertain === 0
  }
}

/** By the tallies; undefined while PostgreSQL is away. */
async function countStates(db: Database): Promise<StateCounts | undefined> {
  try {
    const { rows } = await db.pool.query<{ state: keyof StateCounts; n: number }>(
      `SELECT s.state, sum(s.n)::int AS n
         FROM tally t CROSS JOIN LATERAL (VALUES (t.state, t.n), (t.was, -t.n)) AS s (state, n)
        WHERE s.state IS NOT NULL GROUP BY 1`,
    )
    const states = noStates()
    for (const { state, n } of rows) states[state] = n
    return states
  } catch {
    return undefined
  }
}

async function judge(db: Database, ids: readonly number[], logs: readonly string[], kills: number): Promise<void> {
  for (const id of ids) {
    const { differences } = await verifyTallies(db, id)
    if (differences.length > 0) broken(`the tallies of ${id} are not its messages: ${JSON.stringify(differences)}`)
  }
  const evidence = new Evidence()
  for (const path of logs) await evidence.add(path)
  const { rows } = await db.pool.query<JudgedMessage>(
    'SELECT msisdn::text, state FROM message WHERE broadcast_id = ANY ($1::bigint[])',
    [ids],
  )
  const verdict = evidence.judge(rows)
  const states = noStates()
  for (const { state } of rows) states[state]++
  report(verdict, states, kills, evidence.cuts)
}

function report(verdict: Verdict, states: StateCounts, kills: number, cuts: number): void {
  const shown = Object.entries(states).filter(([, n]) => n > 0)
  print()
  print(`matched ${figure(verdict.messages)} = ${shown.map(([state, n]) => `${state} ${figure(n)}`).join(' + ')}`)
  print(`accepted by the SMSCs ${figure(verdict.accepted)}; refused for good ${figure(verdict.refused)}`)
  const bound = kills * carriers.length * (window * binds + slice) + cuts * window
  print(`lost          ${figure(verdict.lost.length)}`)
  print(`states wrong  ${figure(verdict.wrong.length)}`)
  print(
    `told twice    ${figure(verdict.twice)} (${figure(verdict.copies)} copies), with the policy resend; what was in flight at ${kills} kills of ` +
      `${carriers.length} x (${window} x ${binds} + ${slice}) and ${cuts} cuts of ${window}: ${figure(bound)}`,
  )
  for (const one of verdict.lost.slice(0, 5)) print(`  lost: ${one.msisdn} is ${one.state}`)
  for (const one of verdict.wrong.slice(0, 5))
    print(`  wrong: ${one.msisdn} is ${one.state}, not ${one.allowed.join(' or ')} (taken ${one.taken} times)`)
  if (verdict.lost.length > 0) broken('messages are lost')
  if (verdict.wrong.length > 0) broken('states are wrong')
  if (verdict.copies > bound) broken('more was told twice than was in flight')
}
