import type { Pdu } from '../../src/smpp/codec/pdu.ts'
import { Peer, type PeerConnection } from '../smpp/session/peer.ts'

export type Submit = Pdu<'submit_sm'>

/** A raw SMSC, for what no simulator does. */
interface Scripted {
  readonly peer: Peer
  readonly port: number
  /** Every submit_sm, over all connections, in order of arrival. */
  readonly submits: readonly Submit[]
  close(): Promise<void>
}

/** Accepts binds and answers unbind; `answer` says what becomes of each submit_sm. */
export async function scriptedSmsc(answer: (submit: Submit, connection: PeerConnection) => void): Promise<Scripted> {
  const peer = await Peer.listen()
  const submits: Submit[] = []
  const read = new Map<PeerConnection, number>()
  const unread = () => peer.connections.filter((one) => (read.get(one) ?? 0) < one.received.length)
  const closed = new AbortController()
  const serve = async () => {
    while (!closed.signal.aborted) {
      await peer.until(() => closed.signal.aborted || unread().length > 0)
      for (const connection of unread()) {
        const from = read.get(connection) ?? 0
        const fresh = connection.received.slice(from)
        read.set(connection, from + fresh.length)
        for (const pdu of fresh) {
          if (pdu.command === 'unbind') connection.send({ command: 'unbind_resp', sequence: pdu.sequence })
          if (pdu.command !== 'submit_sm') continue
          submits.push(pdu)
          answer(pdu, connection)
        }
      }
    }
  }
  const serving = serve()
  return {
    peer,
    port: peer.port,
    submits,
    async close() {
      closed.abort()
      peer.changed()
      await serving
      await peer.close()
    },
  }
}

/** A receipt as SMPP 3.4 appendix B has it. */
export const receiptText = (id: string, state = 'DELIVRD') =>
  `id:${id} sub:001 dlvrd:001 submit date:2611210304 done date:2611210305 stat:${state} err:000 text:`

let sequence = 1000

/** Accepts a submit_sm with this id, and sends the receipt after the response. */
export function acceptAndDeliver(connection: PeerConnection, submit: Submit, id: string, idInReceipt = id): void {
  connection.send(
    { command: 'submit_sm_resp', sequence: submit.sequence, fields: { message_id: id } },
    {
      command: 'deliver_sm',
      sequence: ++sequence,
      fields: {
        esm_class: 4,
        source_addr: submit.fields.destination_addr,
        short_message: Buffer.from(receiptText(idInReceipt)),
      },
    },
  )
}
