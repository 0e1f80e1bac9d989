import { Account } from '../../src/dispatch/account.ts'
import { Broadcasts } from '../../src/dispatch/broadcasts.ts'
import { createLogger } from '../../src/lib/log.ts'
import { Inbox, type InboxOptions } from '../../src/receipts/inbox.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import type { PduInput } from '../../src/smpp/codec/pdu.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { HotLine } from '../../src/store/hot-line.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { testProfile } from '../dispatch/profile.ts'
import { Peer } from '../smpp/session/peer.ts'
import { cloneDatabase } from '../support/database.ts'

const log = createLogger(process.env.TEST_LOG ?? 'silent')

type DeliverSm = Extract<PduInput, { command: 'deliver_sm' }>

export interface InboxBench {
  readonly db: Database
  readonly peer: Peer
  readonly inbox: Inbox
  readonly carrierNo: number
  /** Delivers over the newest connection; returns the sequence number. */
  deliver(fields: DeliverSm['fields'], tlvs?: DeliverSm['tlvs']): number
  /** The command_status of the answer to a delivery, once it has come. */
  answer(sequence: number): Promise<number>
  answered(sequence: number): boolean
  rows<T extends object>(sql: string, ...values: unknown[]): Promise<T[]>
  close(): Promise<void>
}

/** An account with an inbox, bound over TCP to an SMSC that delivers what the test says. */
export async function inboxBench(
  options: Partial<Pick<InboxOptions, 'capacity'>> & {
    inboxUrl?: (url: string) => Promise<string>
    profile?: readonly string[]
  } = {},
): Promise<InboxBench> {
  const clone = await cloneDatabase()
  const db = openDatabase(clone.url, log)
  await ensurePartitions(db)
  const peer = await Peer.listen()
  const profile = testProfile(peer.port, options.profile)
  const carrierNo = (await registerCarriers(db.pool, [profile.id])).get(profile.id)?.no as number
  const { inboxUrl, capacity } = options
  const inbox = new Inbox({
    url: (await inboxUrl?.(clone.url)) ?? clone.url,
    log,
    ...(capacity === undefined ? {} : { capacity }),
  })
  const ledger = new Ledger({ url: clone.url, log, rulesOf: () => ({ multipart: 'all', responseMs: 2000 }) })
  const line = new HotLine(clone.url)
  const broadcasts = new Broadcasts(db.pool)
  const account = new Account({
    profile,
    carrierNo,
    line,
    pool: db.pool,
    broadcasts,
    sink: ledger,
    inbox,
    log,
    entryShare: 0.05,
  })
  account.takeOver()
  await peer.until(() => peer.connections.some((connection) => connection.all('bind_transceiver').length > 0))
  let sequence = 100
  const responseTo = (one: number) =>
    peer.connections.flatMap((connection) => connection.all('deliver_sm_resp')).find((pdu) => pdu.sequence === one)
  return {
    db,
    peer,
    inbox,
    carrierNo,
    deliver(fields, tlvs) {
      const from = { source_addr: '821012345678', destination_addr: '82232100404' }
      const pdu: DeliverSm = { command: 'deliver_sm', sequence: ++sequence, fields: { ...from, ...fields } }
      peer.last.send(tlvs === undefined ? pdu : { ...pdu, tlvs })
      return sequence
    },
    async answer(one) {
      await peer.until(() => responseTo(one) !== undefined)
      return responseTo(one)?.status as number
    },
    answered: (one) => responseTo(one) !== undefined,
    rows: async <T extends object>(sql: string, ...values: unknown[]) => (await db.pool.query<T>(sql, values)).rows,
    async close() {
      // First: it answers no unbind.
      await peer.close()
      await account.stop()
      await inbox.close()
      await ledger.close()
      await line.close()
      await db.close()
      await clone.drop()
    },
  }
}

/** The octets of a text in UCS-2. */
export const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16()

/** A user data header that names a part: with a reference of 8 bits, or of 16 where it does not fit. */
export function udh(reference: number, parts: number, part: number): Buffer {
  return reference > 0xff
    ? Buffer.of(6, 8, 4, reference >> 8, reference & 0xff, parts, part)
    : Buffer.of(5, 0, 3, reference, parts, part)
}
