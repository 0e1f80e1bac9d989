import { setTimeout as pause } from 'node:timers/promises'
import type { Severity } from '../src/alerts/model.ts'
import type { CarrierProfile } from '../src/carriers/schema.ts'
import type { Shape } from '../src/geo/zone.ts'
import { openQueues } from '../src/queue/queues.ts'
import { benchAlert, launch } from './alerts.ts'
import type { Rig } from './rig.ts'

/** An Extreme one that also tells the unplaced of its country, a whole country, and lesser ones that tell who is inside. */
const alerts: readonly (readonly [Severity, Shape])[] = [
  ['Extreme', { kind: 'circle', lon: 137, lat: 37.2, radiusKm: 60 }],
  ['Severe', { kind: 'country', iso2: 'IS' }],
  ...(
    [
      [139.77, 35.68],
      [135.5, 34.69],
      [106.7, 10.78],
      [105.85, 21.03],
      [100.5, 13.75],
      [121, 14.6],
      [116.4, 39.9],
      [121.5, 31.2],
      [-118.24, 34.05],
      [-73.98, 40.75],
      [121.56, 25.04],
      [103.85, 1.29],
      [2.35, 48.86],
      [-0.13, 51.51],
      [151.2, -33.87],
      [28.98, 41.01],
    ] as const
  ).map(([lon, lat]) => ['Moderate', { kind: 'circle', lon, lat, radiusKm: 15 }] as const),
]

/** Alerts in force, launched and rung for; an engine that starts afterwards selects. */
export async function launchAlerts({ db, log }: Rig, profiles: readonly CarrierProfile[]): Promise<number> {
  const queues = await openQueues({ databaseUrl: db.url, log })
  for (const [severity, shape] of alerts) await launch({ db, queues }, profiles, benchAlert(severity, shape))
  await queues.close()
  return alerts.length
}

export async function selectionsEnd({ db }: Rig): Promise<void> {
  for (let open = true; open; await pause(200)) {
    const { rowCount } = await db.pool.query(`SELECT FROM broadcast WHERE state = 'selecting' LIMIT 1`)
    open = rowCount !== 0
  }
}
