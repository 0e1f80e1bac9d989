import { phoneAbroad } from '../../entry/mission-phone.ts'
import type { EmergencyNumbers, EntryMission } from '../../entry/model.ts'
import { Problem } from '../../lib/problem.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { standing } from '../kept.ts'

export interface MissionFacts extends EntryMission {
  readonly embassy: boolean
  /** YYYY-MM-DD; null while nobody has compared it with what the ministry publishes. */
  readonly verifiedOn: string | null
}

export interface EmergencyFacts extends EmergencyNumbers {
  readonly verified: boolean
  readonly madeBy: string
  readonly madeAt: Date
}

export interface EntryFacts {
  readonly missions: readonly MissionFacts[]
  readonly emergency: readonly EmergencyFacts[]
  readonly hosts: readonly string[]
}

const keptNumbers = {
  table: 'emergency_number',
  key: 'country',
  age: 'id',
  columns: 'country, police, ambulance, fire, verified, made_by "madeBy", made_at "madeAt"',
}

/** What entry texts are filled in with, of one country or of all. */
export async function entryFacts(db: Client, country?: string): Promise<EntryFacts> {
  const of = [country ?? null]
  const missions = await db.query<MissionFacts>(
    `SELECT id, country, name_ko "nameKo", name_en "nameEn", phone, is_embassy embassy,
            to_char(verified_on, 'YYYY-MM-DD') "verifiedOn"
       FROM mission WHERE $1::text IS NULL OR country = $1 ORDER BY country, is_embassy DESC, id`,
    of,
  )
  const emergency = await standing<EmergencyFacts>(db, keptNumbers, { of: '$1::text IS NULL OR country = $1' }, of)
  const hosts = await db.query<{ host: string }>('SELECT host FROM entry_host ORDER BY host')
  return { missions: missions.rows, emergency, hosts: hosts.rows.map(({ host }) => host) }
}

/**
 * A person sets the number of a mission, another country's only where he confirms it.
 *
 * @throws Problem `mission-unknown` (404), `mission-phone-abroad` (422)
 */
export async function setMissionPhone(
  db: Database,
  { id, phone, verifiedOn, confirm }: Pick<MissionFacts, 'id' | 'phone' | 'verifiedOn'> & { confirm: boolean },
  person: string,
): Promise<void> {
  const actor = `person:${person}`
  await transaction(db.pool, async (client) => {
    const { rows } = await client.query<Pick<MissionFacts, 'country' | 'phone'>>(
      'SELECT country, phone FROM mission WHERE id = $1 FOR UPDATE',
      [id],
    )
    const [was] = rows
    if (!was) throw new Problem('mission-unknown', `There is no mission "${id}"`, { status: 404 })
    const abroad = confirm ? undefined : phoneAbroad({ id, country: was.country, phone })
    if (abroad) throw abroad
    await client.query('UPDATE mission SET phone = $2, verified_on = $3 WHERE id = $1', [id, phone, verifiedOn])
    const detail = { was: was.phone, phone, verifiedOn }
    await appendAudit(client, { actor, act: 'mission.set-phone', subject: `mission:${id}`, detail })
  })
}

/** A person sets the emergency numbers of a country; what stands already is not set again. */
export async function setEmergencyNumbers(
  db: Database,
  { country, police, ambulance, fire, verified }: EmergencyNumbers & { verified: boolean },
  person: string,
): Promise<void> {
  const actor = `person:${person}`
  await transaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `INSERT INTO emergency_number (country, police, ambulance, fire, verified, made_by)
       SELECT $1, $2, $3, $4, $5, $6
        WHERE NOT EXISTS (
          SELECT FROM (SELECT * FROM emergency_number WHERE country = $1 ORDER BY id DESC LIMIT 1) n
           WHERE (n.police, n.ambulance, n.fire, n.verified) = ($2, $3, $4, $5))`,
      [country, police, ambulance, fire, verified, actor],
    )
    if (rowCount === 0) return
    const detail = { police, ambulance, fire, verified }
    await appendAudit(client, { actor, act: 'emergency-number.set', subject: `country:${country}`, detail })
  })
}

/** A person allows the URLs of a host and of what is below it in texts, or forbids them. */
export async function setHost(db: Database, host: string, allowed: boolean, person: string): Promise<void> {
  const actor = `person:${person}`
  await transaction(db.pool, async (client) => {
    await (allowed
      ? client.query('INSERT INTO entry_host (host, made_by) VALUES ($1, $2) ON CONFLICT DO NOTHING', [host, actor])
      : client.query('DELETE FROM entry_host WHERE host = $1', [host]))
    await appendAudit(client, { actor, act: 'entry-host.set', subject: `host:${host}`, detail: { allowed } })
  })
}
