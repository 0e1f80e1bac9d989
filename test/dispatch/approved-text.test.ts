import { afterEach, expect, it } from 'vitest'
import { rulesFor } from '../../src/alerts/rules.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { sample } from '../alerts/sample.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

let bench: Bench

afterEach(() => bench.close())

it('sends no text that is not the approved alert’s own', async () => {
  bench = await dispatchBench()
  const alert = sample({}, { expires: new Date(Date.now() + 3600_000).toISOString() })
  const { id, digest } = await createAlert(bench.db, alert, rulesFor(alert), [], 'Kim')
  await bench.db.pool.query(`UPDATE alert SET phase = 'live', approved_digest = digest WHERE id = $1`, [id])
  const forged = await bench.broadcast(10, { alert: { id, digest }, text: 'All is well' })
  const good = await bench.broadcast(10, { first: 1000 })
  await bench.dispatch(testProfile(bench.smsc.port))
  await bench.until(good, { delivered: 10 })
  await bench.until(forged, { cancelled: 10 })
  expect(bench.smsc.stats().accepted).toBe(10)
})
