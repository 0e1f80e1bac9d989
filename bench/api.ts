import type { Shape } from '../src/geo/zone.ts'
import type { Database } from '../src/store/database.ts'
import { addKey } from '../src/store/people/keys.ts'

/** Two people at the REST API of an engine: one writes alerts, the other approves and launches them. */
export class Api {
  readonly #url: string
  readonly #composer: string
  readonly #approver: string

  private constructor(url: string, composer: string, approver: string) {
    this.#url = url
    this.#composer = composer
    this.#approver = approver
  }

  static async of(db: Database, url: string): Promise<Api> {
    return new Api(
      url,
      await addKey(db, 'bench composer', 'composer', 'bench'),
      await addKey(db, 'bench approver', 'approver', 'bench'),
    )
  }

  /** An Extreme alert to everybody in a country, written and approved. Returns its id. */
  async approvedAlert(iso2: string, text: string): Promise<string> {
    const id = await this.draftAlert([{ kind: 'country', iso2 }], text)
    await this.#post(this.#composer, `/alerts/${id}/submit`)
    await this.#post(this.#approver, `/alerts/${id}/approve`)
    return id
  }

  /** An Extreme alert over these shapes, as a draft. Returns its id. */
  async draftAlert(shapes: readonly Shape[], text: string): Promise<string> {
    const { id } = await this.#post<{ id: string }>(this.#composer, '/alerts', {
      status: 'Actual',
      infos: [
        {
          language: 'ko',
          event: '지진해일',
          urgency: 'Immediate',
          severity: 'Extreme',
          certainty: 'Observed',
          expires: new Date(Date.now() + 3600_000).toISOString(),
          parameter: [{ valueName: 'SMS', value: text }],
          areas: [{ areaDesc: 'zone', shapes }],
        },
      ],
    })
    return id
  }

  preview(alertId: string): Promise<{ matched: number }> {
    return this.#post(this.#composer, `/alerts/${alertId}/preview`)
  }

  launch(alertId: string): Promise<{ broadcastId: number }> {
    return this.#post(this.#approver, `/alerts/${alertId}/launch`)
  }

  /** One person takes a live alert back. */
  retract(alertId: string): Promise<{ alertId: string; broadcastId: number }> {
    return this.#post(this.#approver, `/alerts/${alertId}/retract`, { reason: 'bench' })
  }

  /** How long receipts waited for their acknowledgement, since the engine started. */
  async ackTimes(): Promise<Histogram> {
    const response = await fetch(`${this.#url}/metrics`)
    return Histogram.of(await response.text(), 'bongsu_receipt_ack_seconds')
  }

  async #post<T>(key: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${answer.slice(0, 1000)}`)
    return JSON.parse(answer) as T
  }
}

/** Cumulative counts by upper bound in seconds, as Prometheus shows them. */
export class Histogram {
  readonly #counts: ReadonlyMap<number, number>

  private constructor(counts: ReadonlyMap<number, number>) {
    this.#counts = counts
  }

  static of(exposition: string, name: string): Histogram {
    const counts = new Map<number, number>()
    for (const [, bound, count] of exposition.matchAll(new RegExp(`^${name}_bucket{le="([^"]+)"} (\\d+)`, 'gm')))
      counts.set(bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), Number(count))
    return new Histogram(counts)
  }

  since(earlier: Histogram): Histogram {
    return new Histogram(new Map([...this.#counts].map(([bound, n]) => [bound, n - (earlier.#counts.get(bound) ?? 0)])))
  }

  /** Within its bucket the quantile is taken to lie evenly. */
  quantileMs(share: number): number {
    const wanted = share * (this.#counts.get(Number.POSITIVE_INFINITY) ?? 0)
    let [below, count] = [0, 0]
    for (const [bound, upTo] of this.#counts) {
      if (upTo >= wanted && upTo > count) return (below + ((wanted - count) / (upTo - count)) * (bound - below)) * 1000
      ;[below, count] = [bound, upTo]
    }
    return Number.NaN
  }
}
