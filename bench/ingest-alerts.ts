import { setTimeout as pause } from 'node:timers/promises'
import { formatTime } from '../src/alerts/cap-time.ts'
import type { Alert, Severity } from '../src/alerts/model.ts'
import { rulesFor } from '../src/alerts/rules.ts'
import type { CarrierProfile } from '../src/carriers/schema.ts'
import type { Shape } from '../src/geo/zone.ts'
import { openQueues } from '../src/queue/queues.ts'
import { createAlert } from '../src/store/alerts/create-alert.ts'
import { transition } from '../src/store/alerts/transition.ts'
import { transaction } from '../src/store/database.ts'
import { launchAlert } from '../src/targeting/launch.ts'
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
  for (const [i, [severity, shape]] of alerts.entries()) {
    const alert = alertOf(i, severity, shape)
    const { id } = await createAlert(db, alert, rulesFor(alert), [], 'kim')
    await transaction(db.pool, async (client) => {
      await transition(client, id, 'submit', { person: 'kim', role: 'composer' })
      await transition(client, id, 'approve', { person: 'lee', role: 'approver' })
    })
    await launchAlert({ db, queues, profiles }, id, { person: 'lee', role: 'approver' })
  }
  await queues.close()
  return alerts.length
}

export async function selectionsEnd({ db }: Rig): Promise<void> {
  for (let open = true; open; await pause(200)) {
    const { rowCount } = await db.pool.query(`SELECT FROM broadcast WHERE state = 'selecting' LIMIT 1`)
    open = rowCount !== 0
  }
}

function alertOf(i: number, severity: Severity, shape: Shape): Alert {
  const now = Date.now()
  return {
    identifier: `bench-${i}`,
    sender: 'bench@bongsu.example',
    sent: formatTime(now - 1000),
    status: 'Actual',
    msgType: 'Alert',
    scope: 'Public',
    addresses: [],
    code: [],
    references: [],
    incidents: [],
    infos: [
      {
        language: 'ko',
        category: ['Safety'],
        event: 'Bench',
        responseType: ['Shelter'],
        urgency: 'Immediate',
        severity,
        certainty: 'Observed',
        eventCode: [],
        expires: formatTime(now + 6 * 3_600_000),
        headline: 'Danger nearby.',
        instruction: 'Keep away.',
        parameter: [],
        areas: [{ areaDesc: 'zone', shapes: [shape], geocode: [] }],
      },
    ],
  }
}
