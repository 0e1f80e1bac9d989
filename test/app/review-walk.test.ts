import { expect, test } from 'vitest'
import { startEngine as startWhole } from '../../src/app/engine.ts'
import { reviewAlert } from '../../src/targeting/review.ts'
import { alertOf, approver, log, profiles, startEngine } from '../targeting/engine.ts'
import { addResidents, addRoamers } from '../targeting/people.ts'

test('an engine that died after the review of an alert tells whoever came in the pause when it is up again', async () => {
  const before = await startEngine()
  try {
    const expires = `${new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 19)}-00:00`
    const { alertId, broadcastId } = await before.send(alertOf([{ kind: 'country', iso2: 'JP' }], {}, { expires }))
    await before.rows(`UPDATE alert SET review_at = now() - interval '1 hour' WHERE id = $1`, alertId)
    await addRoamers(before.db, [{ msisdn: '8211', countries: ['JP'] }])
    await addResidents(before.db, [{ msisdn: '8191', country: 'JP' }])
    await reviewAlert(before, alertId, approver, 'x')
    const engine = await startWhole({
      databaseUrl: before.db.url,
      redisUrl: undefined,
      dataDir: '/nowhere',
      geofencesDir: new URL('../../geofences', import.meta.url).pathname,
      secretKey: Buffer.alloc(32, 7).toString('base64'),
      port: 0,
      profiles,
      roles: ['targeting'],
      log,
    })
    try {
      await expect
        .poll(async () => Object.fromEntries(await before.told(broadcastId)), { timeout: 20_000 })
        .toEqual({ 8211: 'late-entrant', 8191: 'late-entrant' })
    } finally {
      await engine.stop()
    }
  } finally {
    await before.close()
  }
})
