import { setTimeout as pause } from 'node:timers/promises'
import { CpuShares } from './cpu-shares.ts'
import type { EngineProcess } from './engine-process.ts'
import { type Feed, firstMarker } from './ingest-feed.ts'
import type { OneCarrier } from './one-carrier.ts'
import { postNotifications } from './post.ts'
import { broken, figure, print } from './print.ts'
import type { Rig } from './rig.ts'
import { logDelayMs } from './smsc-log.ts'
import { workedOff } from './worked-off.ts'

/** What the issue asks for, beyond the delay that a policy itself wants. */
const limitMs = 2000
/** Numbers of the lesser broadcast, so that the SMSC's log tells them from those who enter. */
export const firstLesser = 831_000_000_000
const settleMs = 60_000

interface EntryTarget {
  readonly rig: Rig
  readonly engine: EngineProcess
  readonly carrier: OneCarrier
  /** submit_sm a second. */
  readonly contract: number
  readonly feed: Feed
  /** Of the feed, for the API. */
  readonly key: string
  /** Notifications in a request. */
  readonly batch: number
  /** Entries among a hundred notifications. */
  readonly share: number
}

/** Requests at an even rate, whether or not the last ones are answered; some of each are of numbers that nobody knows: their texts tell the time. */
export class EntryLoad {
  readonly #target: EntryTarget
  /** Texts at the SMSC by number of those whom nobody knew, the first one's time. */
  readonly #reached = new Map<number, number>()
  #entries: number[] = []
  #lesser: number[] = []

  constructor(target: EntryTarget) {
    this.#target = target
  }

  /** @param perSecond notifications */
  async run(perSecond: number, seconds: number): Promise<void> {
    const { rig, engine, carrier, feed, key, batch, share } = this.#target
    const everyMs = (batch / perSecond) * 1000
    const markers = Math.max(1, Math.round((batch * share) / 200))
    const first = feed.nextMarker
    const bodies = Array.from({ length: Math.ceil((seconds * 1000) / everyMs) }, () => feed.batch(batch, markers))
    await this.#look()
    ;[this.#entries, this.#lesser] = [[], []]
    const before = await this.#outcomes()
    const cpu = new CpuShares({ engine: engine.pid, PostgreSQL: rig.postmaster, SMSC: carrier.pid })
    const startedAt = Date.now()
    await Promise.all(
      bodies.map(async (body, i) => {
        await pause(startedAt + i * everyMs - Date.now())
        await postNotifications(engine.url, key, body)
      }),
    )
    const tookS = (Date.now() - startedAt) / 1000
    const shares = cpu.report(tookS)
    const left = await this.#open()
    await workedOff(rig.db)
    const doneS = (Date.now() - startedAt) / 1000
    const last = first + bodies.length * markers
    const times = await this.#times(
      first,
      last,
      (marker) => startedAt + Math.floor((marker - first) / markers) * everyMs,
    )
    const at = (part: number) =>
      figure(times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? Number.NaN)
    const sent = bodies.length * batch
    const until = startedAt + tookS * 1000
    const during = (list: readonly number[]) => list.filter((ms) => ms >= startedAt && ms < until).length / tookS
    const [entries, lesser] = [during(this.#entries), during(this.#lesser)]
    print(`\n${figure(perSecond)}/s for ${figure(tookS, 1)} s`)
    print(
      `notifications     ${figure(sent / tookS)}/s kept, ${figure(sent / doneS)}/s worked off; ${figure(left * batch)} waited at the end, ` +
        `for ${figure(doneS - tookS, 1)} s`,
    )
    print(
      `to its submit_sm  p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms (target ${figure(limitMs)}), longest ${at(1)} ms ` +
        `of ${figure(times.length)}`,
    )
    print(
      `contract          ${figure(((entries + lesser) / this.#target.contract) * 100, 1)} % used: ${figure(entries)} of entry texts/s, ` +
        `${figure(lesser)} lesser/s`,
    )
    print(`outcomes          ${difference(before, await this.#outcomes())}`)
    print(`CPU               ${shares}`)
    if (times.length < last - first) broken(`${last - first - times.length} of ${last - first} texts never came`)
    if (!((times[Math.floor(0.99 * times.length)] as number) <= limitMs))
      print(`above the target of ${figure(limitMs)} ms`)
  }

  /** How long the texts of these markers took, ms, ascending; fewer than markers where some did not come in time. */
  async #times(first: number, last: number, sentAt: (marker: number) => number): Promise<number[]> {
    const markers = Array.from({ length: last - first }, (_, i) => first + i)
    const giveUp = Date.now() + settleMs
    for (let missing = true; missing && Date.now() < giveUp; ) {
      await pause(logDelayMs)
      await this.#look()
      missing = markers.some((marker) => !this.#reached.has(marker))
    }
    const times = markers.flatMap((marker) => {
      const at = this.#reached.get(marker)
      return at === undefined ? [] : [at - sentAt(marker)]
    })
    return times.sort((a, b) => a - b)
  }

  /** What the SMSC took since the last look. */
  async #look(): Promise<void> {
    await this.#target.carrier.log.read((kind, at, [, , , destination]) => {
      if (kind !== 'submit') return
      const msisdn = Number(destination)
      if (msisdn >= firstLesser) this.#lesser.push(at)
      else this.#entries.push(at)
      if (msisdn >= firstMarker && msisdn < firstLesser && !this.#reached.has(msisdn)) this.#reached.set(msisdn, at)
    })
  }

  /** Batches that wait. */
  async #open(): Promise<number> {
    const { rows } = await this.#target.rig.db.pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM roaming_batch WHERE done_at IS NULL',
    )
    return rows[0]?.n ?? 0
  }

  async #outcomes(): Promise<Map<string, number>> {
    const { rows } = await this.#target.rig.db.pool.query<{ outcome: string; n: number }>(
      'SELECT outcome, sum(n)::int AS n FROM event_tally GROUP BY 1 ORDER BY 2 DESC',
    )
    return new Map(rows.map(({ outcome, n }) => [outcome, n]))
  }
}

function difference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  return [...after].map(([outcome, n]) => `${outcome} ${figure(n - (before.get(outcome) ?? 0))}`).join(', ')
}
