import { afterEach, expect, it } from 'vitest'
import { rulesFor } from '../../src/alerts/rules.ts'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { sample } from '../alerts/sample.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

let bench: Bench
const others: Smsc[] = []

afterEach(async () => {
  await bench.close()
  for (const smsc of others.splice(0)) await smsc.close()
})

const another = async () => {
  const smsc = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 } })
  others.push(smsc)
  return smsc
}

it('messages of a rehearsal that were given to a carrier which is not simulated never leave', async () => {
  bench = await dispatchBench()
  const [live, drill] = [await another(), await another()]
  const expires = `${new Date(Date.now() + 3600_000).toISOString().slice(0, 19)}-00:00`
  const made = async (identifier: string, rehearses?: string) => {
    const alert = sample({ identifier, status: rehearses ? 'Exercise' : 'Actual' }, { expires })
    const { id, digest } = await createAlert(bench.db, alert, rulesFor(alert), [], 'kim', { rehearses })
    await bench.db.pool.query(`UPDATE alert SET phase = 'live', approved_digest = digest WHERE id = $1`, [id])
    return { id, digest }
  }
  const real = await made('real')
  const send = async (first: number, ...route: string[]) => {
    const alert = await made(`copy-${first}`, real.id)
    return bench.broadcast(5, { alert, exercise: true, first, route })
  }
  const toLive = await send(1000, 'live-carrier')
  const toDrill = await send(2000, 'drill-carrier')
  const toSimulator = await send(3000, 'simulator')
  await bench.dispatch(
    testProfile(live.port, [], 'live-carrier'),
    testProfile(drill.port, ['live: false'], 'drill-carrier'),
    testProfile(bench.smsc.port, ['live: false', 'simulated: true'], 'simulator'),
  )
  await bench.until(toSimulator, { delivered: 5 })
  await bench.until(toLive, { cancelled: 5 })
  await bench.until(toDrill, { cancelled: 5 })
  expect([live, drill, bench.smsc].map((smsc) => smsc.stats().accepted)).toEqual([0, 0, 5])
})
