import { formatTime } from '../src/alerts/cap-time.ts'
import type { Alert, Severity } from '../src/alerts/model.ts'
import { rulesFor } from '../src/alerts/rules.ts'
import type { CarrierProfile } from '../src/carriers/schema.ts'
import { loadCountries } from '../src/geo/countries.ts'
import type { Shape } from '../src/geo/zone.ts'
import type { Queues } from '../src/queue/queues.ts'
import { createAlert } from '../src/store/alerts/create-alert.ts'
import { transition } from '../src/store/alerts/transition.ts'
import { type Database, transaction } from '../src/store/database.ts'
import { launchAlert } from '../src/targeting/launch.ts'
import { submitAlert } from '../src/targeting/submit.ts'

let alerts = 0

/** An alert of now, in force for six hours. */
export function benchAlert(severity: Severity, shape: Shape): Alert {
  const now = Date.now()
  return {
    identifier: `bench-${++alerts}`,
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
        language: 'en',
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

/** Written, approved by another person, and launched, as the API does it. Returns the broadcast. */
export async function launch(
  { db, queues }: { readonly db: Database; readonly queues: Queues },
  profiles: readonly CarrierProfile[],
  alert: Alert,
): Promise<number> {
  const { id } = await createAlert(db, alert, rulesFor(alert), [], 'kim')
  const deps = { db, queues, profiles, countries: loadCountries() }
  await submitAlert(deps, id, 'submit', { person: 'kim', roles: ['composer'] })
  await transaction(db.pool, (client) => transition(client, id, 'approve', { person: 'lee', roles: ['approver'] }))
  const launched = await launchAlert(deps, id, { person: 'lee', roles: ['approver'] })
  return launched.broadcastId
}
