import { Problem } from '../lib/problem.ts'
import { eraseFromJournal } from '../receipts/journal-of-number.ts'
import { awaitEntrants } from '../store/audience/entrants-barrier.ts'
import { appendAudit } from '../store/audit.ts'
import { type Database, transaction } from '../store/database.ts'
import { eraseMessages, messagesTo } from '../store/privacy/messages-of-number.ts'
import { noteErasure } from '../store/privacy/note-erasure.ts'
import {
  type Erased,
  eraseFromRegister,
  eraseFromTable,
  refuseUnderWay,
  scannedTables,
} from '../store/privacy/subscriber.ts'

export interface NumberErasure {
  readonly msisdn: string
  readonly actor: string
  readonly reason: string
  /** Also while an alert is in force of which he has the text: no all-clear will reach him. */
  readonly despiteAlerts: boolean
}

/** Who tells people of danger must not wait behind an erasure that waits for a long import. */
const patience = `SET LOCAL lock_timeout = '5s'`

/**
 * Makes what is kept of a number nobody's, in several transactions: to look through messages and events takes minutes, and imports,
 * selections and roaming workers wait for the rows by which somebody is found. Those go first. Whoever had read them by then is waited for,
 * and what he made of them stands against the rest. No row of a message stays locked while others are looked through. Asked for again it goes on
 * where it was broken off, and finds what came late: receipts are looked through even where no message is found. Both its beginning and its
 * end are in the log.
 *
 * @returns rows that were erased or made nobody's, by table
 * @throws Problem `erasure-must-wait`, `erasure-busy` (409)
 */
export async function eraseNumber({ pool }: Database, erasure: NumberErasure): Promise<Erased> {
  const { msisdn, actor, reason, despiteAlerts } = erasure
  const said = { reason, ...(despiteAlerts ? { despiteAlerts } : {}) }
  await refuseUnderWay(pool, msisdn, { despiteAlerts, begun: false })
  const erased = await unlessBusy(
    transaction(
      pool,
      async (client) => {
        const gone = await eraseFromRegister(client, msisdn)
        const detail = { ...said, erased: gone }
        await appendAudit(client, { actor, act: 'privacy.erase-begin', subject: `subscriber:${msisdn}`, detail })
        return gone
      },
      patience,
    ),
  )
  await unlessBusy(transaction(pool, awaitEntrants, patience))
  await refuseUnderWay(pool, msisdn, { despiteAlerts, begun: true })
  // Until none is found: while all were looked through a correction may have found him by one of them, and have been answered.
  for (let round = 1; ; round++) {
    const places = await messagesTo(pool, msisdn)
    if (round > 1 && places.length === 0) break
    for (const table of scannedTables) {
      await transaction(pool, (client) => eraseFromTable(client, table, msisdn, erased))
    }
    add(erased, 'receipt_journal', await transaction(pool, (client) => eraseFromJournal(client, msisdn)))
    // After the rest: they are what another round is for.
    const gone = await transaction(pool, async (client) => {
      await refuseUnderWay(client, msisdn, { despiteAlerts, begun: true })
      return eraseMessages(client, msisdn, places)
    })
    add(erased, 'message', gone)
  }
  await transaction(pool, async (client) => {
    await refuseUnderWay(client, msisdn, { despiteAlerts, begun: true })
    await noteErasure(client, 'subscriber', msisdn, { actor, detail: { ...said, erased } })
  })
  return erased
}

function add(erased: Erased, table: string, n: number): void {
  if (n > 0) erased[table] = (erased[table] ?? 0) + n
}

/** SQLSTATE lock_not_available and deadlock_detected. */
const busyCodes: readonly unknown[] = ['55P03', '40P01']

async function unlessBusy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!busyCodes.includes((error as { code?: unknown }).code)) throw error
    throw new Problem('erasure-busy', 'The number is being worked on', {
      status: 409,
      hint: 'An import or a selection is at its rows. Ask again in a minute; what was erased stays so.',
    })
  }
}
