import type { MessageState } from '../../store/states.ts'
import type { Engine } from '../engine.ts'
import type { CarrierLine } from './view.ts'

/** Every carrier with the states of all its messages, from the tallies. */
export async function carrierLines({ db, carrierStatus }: Engine): Promise<CarrierLine[]> {
  const { rows } = await db.pool.query<{ id: string; state: MessageState; n: number; segments: number }>(
    `SELECT c.id, t.state, sum(t.n)::int n, sum(t.segments)::int segments
       FROM (SELECT carrier_no, state, n, segments FROM tally UNION ALL SELECT carrier_no, was, -n, 0 FROM tally WHERE was IS NOT NULL) t
       JOIN carrier c ON c.no = t.carrier_no GROUP BY 1, 2`,
  )
  return carrierStatus().map(({ id, binds, bindsWanted, throughput }) => {
    const own = rows.filter((row) => row.id === id)
    const of = (state: MessageState) => own.find((row) => row.state === state)?.n ?? 0
    const known = own.filter((row) => row.state !== null).reduce((sum, row) => sum + row.n, 0)
    const [pending, submitted, delivered] = [of('pending'), of('submitted'), of('delivered')]
    return {
      id,
      binds,
      bindsWanted,
      throughput,
      pending,
      submitted,
      delivered,
      sent: own.reduce((sum, row) => sum + row.segments, 0),
      other: known - pending - submitted - delivered,
    }
  })
}
