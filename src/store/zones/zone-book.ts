import type { ReferenceKind, ReferenceZones } from '../../geo/reference-zones.ts'
import type { Zone } from '../../geo/zone.ts'
import { didYouMean, likely } from '../../lib/nearest.ts'
import { Problem } from '../../lib/problem.ts'
import type { Client, Database } from '../database.ts'
import { newestZones, zoneOfVersion } from './find-zones.ts'

export type ZoneKind = 'library' | ReferenceKind

/** A zone with its kind, and who made this version where somebody did. */
export interface KnownZone extends Zone {
  readonly kind: ZoneKind
  readonly madeBy?: string
  readonly madeAt?: Date
}

/** Every zone that has a name: those of the library, in the database, and those found by reference. */
export class ZoneBook {
  readonly references: ReferenceZones
  readonly #db: Database

  constructor(db: Database, references: ReferenceZones) {
    this.#db = db
    this.references = references
  }

  /** The zones of now by id; what does not exist is not in the map. */
  async zonesOf(ids: readonly string[]): Promise<Map<string, KnownZone>> {
    const found = new Map<string, KnownZone>()
    const asked = ids.filter((id) => {
      const zone = this.references.find(id)
      if (zone) found.set(id, zone)
      return zone === undefined
    })
    if (asked.length === 0) return found
    for (const zone of await newestZones(this.#db.pool, asked)) found.set(zone.id, { kind: 'library', ...zone })
    return found
  }

  /** The newest version, or the given one. @throws Problem `unknown-zone` (404), with the nearest id */
  async zone(id: string, version?: number): Promise<KnownZone> {
    const zone = version === undefined ? (await this.zonesOf([id])).get(id) : await this.#ofVersion(id, version)
    if (zone) return zone
    const hint = didYouMean((await this.idsNear(id)).filter((near) => near !== id))
    throw new Problem(
      'unknown-zone',
      version === undefined ? 'There is no zone with this id' : 'There is no such version of the zone',
      {
        status: 404,
        ...(hint === undefined ? {} : { hint }),
      },
    )
  }

  async #ofVersion(id: string, version: number): Promise<KnownZone | undefined> {
    const reference = this.references.find(id)
    if (reference) return reference.version === version ? reference : undefined
    const zone = await zoneOfVersion(this.#db.pool, id, version)
    return zone && { kind: 'library', ...zone }
  }

  /** At most three ids that exist and may be what was meant. */
  async idsNear(id: string): Promise<string[]> {
    const capitals = id.toUpperCase()
    if (capitals !== id && this.references.find(capitals)) return [capitals]
    const kind = /^(mission|airport):/.exec(id)?.[1] as 'mission' | 'airport' | undefined
    if (kind) {
      // By what follows the colon: what all of a kind have in common makes nothing alike.
      const names = this.references.list(kind).map((head) => head.id.slice(kind.length + 1))
      return likely(id.slice(kind.length + 1), names).map((name) => `${kind}:${name}`)
    }
    const ids = /^[A-Z]{2}-/.test(id)
      ? this.references.regions.list(id.slice(0, 2)).map(({ code }) => code)
      : await libraryIds(this.#db.pool)
    return likely(id, ids)
  }
}

async function libraryIds(db: Client): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('SELECT DISTINCT id FROM zone_version ORDER BY id LIMIT 10000')
  return rows.map(({ id }) => id)
}
