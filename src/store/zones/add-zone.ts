import type { Shape, Zone, ZoneSource } from '../../geo/zone.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Database, transaction } from '../database.ts'
import { versionsOf } from './find-zones.ts'
import { insertZone, sameAsNewest } from './insert-zone.ts'

export interface NewZone {
  id: string
  /** The next one, where it is not given. */
  version?: number
  name: string
  shapes: Shape[]
  source?: ZoneSource
}

const lockKey = 0x7a6f6e65

/** Which version has what was given, and whether it was made of it. */
export interface AddedZone {
  readonly id: string
  readonly version: number
  /** False: it was there already. */
  readonly made: boolean
}

/**
 * A person adds a version of a zone; versions only go up. Where he names none, what is the newest one to the letter makes none:
 * a file that is imported again would else look like a change.
 * @throws Problem `zone-version-taken`, `zone-version-old` (409)
 */
export async function addZone(db: Database, given: NewZone, person: string): Promise<AddedZone> {
  return transaction(db.pool, async (client) => {
    // Two people who add to the same zone at once would both be given the same next version.
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [lockKey, given.id])
    const same = given.version === undefined ? await sameAsNewest(client, given) : undefined
    if (same !== undefined) return { id: given.id, version: same, made: false }
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
    return { id: zone.id, version: zone.version, made }
  })
}
