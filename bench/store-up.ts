import { linkOptions } from '../src/carriers/link-options.ts'
import type { CarrierProfile } from '../src/carriers/schema.ts'
import type { Logger } from '../src/lib/log.ts'
import { Ledger } from '../src/receipts/ledger.ts'
import { submitTemplate } from '../src/smpp/codec/submit-template.ts'
import { Link } from '../src/smpp/session/link.ts'
import { type Database, transaction } from '../src/store/database.ts'

/**
 * Sends the messages of a broadcast, of one segment each, over a transmitter: their receipts stay at the SMSC until somebody binds who
 * may receive. As fast as the SMSC answers, whatever the contract says; outcomes are written by a ledger as in production, which
 * forgets the ids when it closes, as an engine does that starts anew. Resolves when all are submitted and nothing is bound any more.
 */
export async function storeUpReceipts(
  db: Database,
  profile: CarrierProfile,
  carrierNo: number,
  broadcastId: number,
  log: Logger,
): Promise<void> {
  const messages = await takeMessages(db, broadcastId)
  const rules = { multipart: profile.receipts.multipart, responseMs: profile.timers.responseMs }
  const ledger = new Ledger({ url: db.url, log, rulesOf: () => rules })
  const template = submitTemplate({
    fields: { source_addr: profile.source.addr, registered_delivery: 1, short_message: Buffer.from('Stored up.') },
  })
  let next = 0
  let answered = 0
  let link: Link<number> | undefined
  await new Promise<void>((resolve, reject) => {
    const room = () => {
      const session = link?.session
      while (session && session.free > 0 && next < messages.length) {
        session.submit(template, messages[next]?.msisdn as string, next++)
      }
    }
    link = new Link<number>(
      { ...linkOptions(profile), window: 1000, kind: 'transmitter', startAt: 0 },
      {
        bound: room,
        room,
        answered: (index, status, smscId) => {
          const { seq, msisdn } = messages[index] as Message
          if (status !== 0) reject(new Error(`the SMSC refused a message with ${status}`))
          const ref = { broadcastId, seq, attempt: 1, carrierNo, msisdn, parts: 1, at: Date.now() }
          ledger.outcome({ ref, verdict: 'submitted', accepted: [{ part: 1, smscId }], unanswered: [] })
          if (++answered === messages.length) resolve()
        },
        unanswered: () => undefined,
        delivered: () => undefined,
        closed: (end) => reject(new Error(`the bind ended: ${JSON.stringify(end)}`)),
      },
    )
    link.start()
  })
  await link?.stop()
  await ledger.close()
}

interface Message {
  readonly seq: number
  readonly msisdn: string
}

/** Takes the messages out of the hands of any dispatcher. */
async function takeMessages(db: Database, broadcastId: number): Promise<Message[]> {
  return transaction(db.pool, async (client) => {
    await client.query(`UPDATE chunk SET state = 'done' WHERE broadcast_id = $1`, [broadcastId])
    const { rows } = await client.query<Message>(
      'SELECT seq, msisdn::text FROM message WHERE broadcast_id = $1 ORDER BY seq',
      [broadcastId],
    )
    return rows
  })
}
