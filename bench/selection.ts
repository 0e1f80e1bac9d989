import { randomUUID } from 'node:crypto'
import { parseAlertJson } from '../src/alerts/alert-json.ts'
import { formatTime } from '../src/alerts/cap-time.ts'
import type { Alert } from '../src/alerts/model.ts'
import { type AlertRules, rulesFor } from '../src/alerts/rules.ts'
import { loadCountries } from '../src/geo/countries.ts'
import { openQueues, type Queues } from '../src/queue/queues.ts'
import { createAlert } from '../src/store/alerts/create-alert.ts'
import { openBroadcast } from '../src/store/audience/open-broadcast.ts'
import { transaction } from '../src/store/database.ts'
import { planAudience } from '../src/targeting/audience-plan.ts'
import { textsOf } from '../src/targeting/audience-text.ts'
import { routeNumbers } from '../src/targeting/route-numbers.ts'
import { runSelection, type SelectDeps } from '../src/targeting/select.ts'
import type { Contender } from './contender.ts'
import { readAudience } from './read-audience.ts'
import { profileOf, type Rig } from './rig.ts'
import type { BenchZone } from './zones.ts'

/**
 * The engine's own selection, as a launched alert runs it: counted first, then made with chunks and tallies, a transaction a slice. The
 * alert leaves out the unplaced of its countries and looks at centres only, as PostGIS knows points and nothing else.
 */
export class OwnSelection implements Contender {
  readonly name = 'bongsu'
  readonly #rig: Rig
  readonly #queues: Queues
  readonly #deps: SelectDeps
  /** Taken and checked once, in the warm-up, as the peer's geometries are. */
  readonly #alerts = new Map<BenchZone, RuledAlert>()

  private constructor(rig: Rig, queues: Queues, deps: SelectDeps) {
    this.#rig = rig
    this.#queues = queues
    this.#deps = deps
  }

  static async over(rig: Rig): Promise<OwnSelection> {
    const { db, log } = rig
    const queues = await openQueues({ databaseUrl: db.url, log })
    const routes = await routeNumbers(db.pool, [profileOf('bench', 2775, ['throughput: 1000'])])
    return new OwnSelection(rig, queues, { db, queues, countries: loadCountries(), routes, log })
  }

  async read(zone: BenchZone): Promise<Float64Array> {
    const { db, countries } = this.#deps
    const { alert, rules } = this.#alerts.get(zone) ?? alertOver(zone)
    this.#alerts.set(zone, { alert, rules })
    return readAudience(db, await planAudience(db.pool, countries, alert, rules, new Date()))
  }

  async readyToInsert(zone: BenchZone): Promise<() => Promise<void>> {
    const { db } = this.#deps
    const { alert, rules } = alertOver(zone)
    const row = await createAlert(db, alert, rules, [], 'bench')
    const broadcastId = await transaction(db.pool, (client) =>
      openBroadcast(client, {
        alertId: row.id,
        day: null,
        lane: 1,
        state: 'selecting',
        exercise: false,
        resend: true,
        digest: row.digest,
        expires: row.expires,
        validityMs: null,
        texts: textsOf(alert),
      }),
    )
    return async () => {
      await runSelection(this.#deps, broadcastId)
      const { rows } = await db.pool.query<{ refused: string | null; state: string }>(
        'SELECT refused, state FROM broadcast WHERE id = $1',
        [broadcastId],
      )
      if (rows[0]?.state !== 'sending') throw new Error(`the selection did not end: ${JSON.stringify(rows[0])}`)
    }
  }

  async told(): Promise<Float64Array> {
    const { rows } = await this.#rig.db.pool.query<{ id: number }>('SELECT msisdn AS id FROM message')
    return Float64Array.from(rows, (row) => row.id)
  }

  async clear(): Promise<void> {
    await this.#rig.db.pool.query('TRUNCATE message, chunk, tally, audience_tally, broadcast, broadcast_text CASCADE')
    await this.#rig.db.pool.query('CHECKPOINT')
  }

  async close(): Promise<void> {
    await this.#queues.close()
  }
}

interface RuledAlert {
  readonly alert: Alert
  readonly rules: AlertRules
}

function alertOver({ name, geometry }: BenchZone): RuledAlert {
  const { alert } = parseAlertJson(
    {
      status: 'Actual',
      infos: [
        {
          language: 'en',
          event: 'Earthquake',
          urgency: 'Immediate',
          severity: 'Extreme',
          certainty: 'Observed',
          expires: formatTime(Date.now() + 3_600_000),
          parameter: [{ valueName: 'SMS', value: 'Benchmark text of one segment.' }],
          areas: [{ areaDesc: name, shapes: [{ kind: 'multipolygon', polygons: geometry.coordinates }] }],
        },
      ],
    },
    { identifier: randomUUID(), sender: 'bench', sent: formatTime(Date.now()) },
  )
  return { alert, rules: rulesFor(alert, { unplaced: 'exclude', uncertain: 'centre' }) }
}
