import type { PolicyPatch } from '../../src/entry/policy.ts'
import type { RoamingNotification } from '../../src/subscribers/notification.ts'
import { EntryResend } from '../../src/targeting/entry-resend.ts'
import { EntryWaits } from '../../src/targeting/entry-waits.ts'
import type { EventOutcome } from '../../src/targeting/journey.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import type { RoamingDeps } from '../../src/targeting/roaming-deps.ts'
import { startEngine, type TestEngine } from './engine.ts'

const minuteMs = 60_000

/** Arrivals by a clock that stands still: minute 0 is noon in Japan, 3:00 UTC of today. */
export class EntryWorld {
  readonly engine: TestEngine
  readonly deps: RoamingDeps
  readonly waits: EntryWaits
  readonly resend: EntryResend
  readonly #worker: RoamingWorker
  readonly #noon = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 3 * 3_600_000
  #now = 0

  private constructor(engine: TestEngine) {
    this.engine = engine
    this.deps = { ...engine.select, clock: () => this.#noon + this.#now * minuteMs }
    this.#worker = new RoamingWorker(this.deps)
    this.waits = new EntryWaits(this.deps)
    this.resend = new EntryResend(this.deps)
  }

  static async start(): Promise<EntryWorld> {
    return new EntryWorld(await startEngine())
  }

  /** Nobody is anywhere, nothing is set. */
  async reset(): Promise<void> {
    const { engine } = this
    await engine.rows(
      `TRUNCATE roamer, journey, roaming_event, event_tally, roaming_batch, message, chunk, tally, audience_tally,
                entry_wait, entry_resend, opt_out`,
    )
    await engine.rows(
      `INSERT INTO entry_policy (area, patch, made_by) SELECT DISTINCT area, NULL::jsonb, 'test' FROM entry_policy`,
    )
    await engine.rows(`INSERT INTO travel_level (country, area, level, special, since, source, verified, made_by)
                       SELECT DISTINCT country, area, NULL::int, false, date '2026-01-01', 'test', true, 'file' FROM travel_level`)
    await engine.rows(
      `INSERT INTO entry_resend (kind, ref, country, since, done_at) SELECT 'level', id, '', now(), now() FROM travel_level`,
    )
    await engine.rows(`UPDATE alert SET phase = 'ended'`)
    await engine.rows(`UPDATE broadcast SET state = 'closed' WHERE alert_id IS NOT NULL`)
    this.#now = 0
  }

  time(minute: number): Date {
    return new Date(this.#noon + minute * minuteMs)
  }

  /** Puts the clock to a minute, and settles what is due by then. */
  async at(minute: number): Promise<void> {
    this.#now = minute
    await this.waits.work()
  }

  async policy(area: string, patch: PolicyPatch): Promise<number> {
    const [row] = await this.engine.rows<{ id: number }>(
      `INSERT INTO entry_policy (area, patch, made_by) VALUES ($1, $2, 'test') RETURNING id`,
      area,
      JSON.stringify(patch),
    )
    return (row as { id: number }).id
  }

  /** Of an area of the country whose code it begins with. @param madeBy `file`: no news */
  async level(area: string, level: number | null, madeBy = 'person:kim', special = false): Promise<number> {
    const [row] = await this.engine.rows<{ id: number }>(
      `INSERT INTO travel_level (country, area, level, special, since, source, verified, made_by, made_at)
       VALUES (left($1, 2), $1, $2, $3, '2026-01-01', 'test', true, $4, $5) RETURNING id`,
      area,
      level,
      special,
      madeBy,
      this.deps.clock ? new Date(this.deps.clock()) : new Date(),
    )
    return (row as { id: number }).id
  }

  event(
    minute: number,
    msisdn: string,
    country: string | readonly string[] | null,
    more: Partial<RoamingNotification> = {},
  ): RoamingNotification {
    const countries = country === null ? [] : [country].flat()
    return { msisdn, hplmn: '45008', event: 'enter', countries, at: this.time(minute), ...more }
  }

  /** Reported as it happens: a clock that is behind the last of them moves on to it. */
  async report(...events: readonly RoamingNotification[]): Promise<void> {
    const last = Math.max(...events.map(({ at }) => (at.getTime() - this.#noon) / minuteMs))
    this.#now = Math.max(this.#now, last)
    await this.#worker.work(await this.engine.keep(events))
  }

  enter = (minute: number, msisdn: string, country: string | readonly string[] | null) =>
    this.report(this.event(minute, msisdn, country))

  leave = (minute: number, msisdn: string, country: string) =>
    this.report(this.event(minute, msisdn, country, { event: 'leave' }))

  /** Texts that were made for a number, in the order in which they are sent. */
  async texts(msisdn: string): Promise<string[]> {
    const rows = await this.engine.rows<{ text: string }>(
      `SELECT t.text FROM message m JOIN broadcast_text t USING (broadcast_id, variant)
        WHERE reason = 'entry' AND m.msisdn = $1 ORDER BY m.broadcast_id, m.seq`,
      msisdn,
    )
    return rows.map(({ text }) => text)
  }

  /** What became of a number's events, in the order of their time. */
  async outcomes(msisdn: string): Promise<EventOutcome[]> {
    const rows = await this.engine.rows<{ outcome: EventOutcome }>(
      'SELECT outcome FROM roaming_event WHERE msisdn = $1 ORDER BY at',
      msisdn,
    )
    return rows.map(({ outcome }) => outcome)
  }

  /** The sums of outcomes, those that came out as none left out. */
  async tallies(): Promise<Record<string, number>> {
    const rows = await this.engine.rows<{ outcome: string; n: number }>(
      'SELECT outcome, sum(n)::int n FROM event_tally GROUP BY 1 HAVING sum(n) <> 0',
    )
    return Object.fromEntries(rows.map(({ outcome, n }) => [outcome, n]))
  }

  /** Minutes at which what waits is due, and why. */
  async waiting(): Promise<(readonly [minute: number, why: string])[]> {
    const rows = await this.engine.rows<{ at: Date; why: string }>(
      'SELECT due_at AS at, why FROM entry_wait ORDER BY id',
    )
    return rows.map(({ at, why }) => [(at.getTime() - this.#noon) / minuteMs, why] as const)
  }
}
