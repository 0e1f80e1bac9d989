import type { Shape, Zone, ZoneSource } from '../../geo/zone.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Database, transaction } from '../database.ts'
import { versionsOf } from './find-zones.ts'
import { insertZone } from './insert-zone.ts'

export interface NewZone {
  id: string
  /** The next one, where it is not given. */
  version?: number
  name: string
  shapes: Shape[]
  source?: ZoneSource
}

const lockKey = 0x7a6f6e65

/**
 * A person adds a version of a zone; versions only go up.
 * @throws Problem `zone-version-taken`, `zone-version-old` (409)
 */
export async function addZone(db: Database, given: NewZone, person: string): Promise<Zone> {
  return transaction(db.pool, async (client) => {
    // Two people who add to the same zone at once would both be given the same next version.
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [lockKey, given.id])
    const [newest = 0] = await versionsOf(client, given.id)
    const zone: Zone = { ...given, version: given.version ?? newest + 1 }
    if (zone.version < newest) {
      throw new Problem('zone-version-old', `The zone ${zone.id} is at version ${newest} already`, {
        status: 409,
        hint: `Leave the version out to make version ${newest + 1}.`,
      })
    }
    const made = await insertZone(client, zone, `person:${person}`)
    if (made) {
      await appendAudit(client, {
        actor: `person:${person}`,
        act: 'zone.add',
        subject: `zone:${zone.id}@${zone.version}`,
        detail: { name: zone.name, shapes: zone.shapes.length },
      })
    }
    return zone
  })
}
