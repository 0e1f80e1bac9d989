import type { Prng } from '../lib/prng.ts'
import { commandId } from '../smpp/codec/commands.ts'
import { encodePdu } from '../smpp/codec/pdu.ts'
import { tlvTable } from '../smpp/codec/tlvs.ts'

/** A sequence number that nobody uses. */
const nobodys = 0x7ffffff0

/**
 * Makes PDUs that are wrong inside a frame that is right. An ESME has to outlive each of them; nothing depends on what it
 * answers, for the sound PDU is sent all the same.
 */
export class Damage {
  readonly #share: number
  readonly #random: Prng

  /** @param share of PDUs that have a damaged one before them. */
  constructor(share: number, random: Prng) {
    this.#share = share
    this.#random = random
  }

  /** A damaged PDU to be sent before the next, or none. @param sequence of a request of the ESME that waits for its answer, if any. */
  before(sequence: number | undefined): Buffer | undefined {
    if (this.#random.next() >= this.#share) return undefined
    return this.#random.pick(kinds)(sequence ?? nobodys)
  }
}

/** The beginning of a PDU whose command_length cannot be, or of no PDU at all. */
export function brokenStream(random: Prng): Buffer {
  return random.pick(brokenStreams)
}

const kinds: readonly ((sequence: number) => Buffer)[] = [
  // A deliver_sm that ends inside its source_addr.
  () => frameOf(commandId.deliver_sm, nobodys, Buffer.from('\0\x01\x018210')),
  // A deliver_sm whose sm_length is more than there is.
  () => {
    const whole = receipt()
    return frameOf(commandId.deliver_sm, nobodys, whole.subarray(16, whole.length - 10))
  },
  // A deliver_sm whose last TLV is cut short.
  () => {
    const tlv = Buffer.alloc(6)
    tlv.writeUInt16BE(tlvTable.receipted_message_id.tag, 0)
    tlv.writeUInt16BE(40, 2)
    tlv.write('00', 4)
    return frameOf(commandId.deliver_sm, nobodys, Buffer.concat([receipt().subarray(16), tlv]))
  },
  // A request and a response that SMPP does not know.
  () => frameOf(0x00000999, nobodys, Buffer.from('what')),
  () => frameOf(0x80000999, nobodys, Buffer.alloc(0)),
  // The response to another command than was asked.
  (sequence) => frameOf(commandId.query_sm_resp, sequence, Buffer.from('id\0\0\x02\0')),
  // A response to what was never asked.
  () => frameOf(commandId.submit_sm_resp, nobodys, Buffer.from('nobodys\0')),
]

/** command_length 4 wedges a careless reader, 0 makes it spin, a huge one makes it wait for ever or run out of memory. */
const brokenStreams: readonly Buffer[] = [
  Buffer.from('00000004800000040000000000000001', 'hex'),
  Buffer.from('00000000000000050000000000000001', 'hex'),
  Buffer.from('ffffffff000000050000000000000001', 'hex'),
  Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
]

function receipt(): Buffer {
  return encodePdu({
    command: 'deliver_sm',
    sequence: nobodys,
    fields: { esm_class: 4, source_addr: '821', short_message: Buffer.from('id:nobodys stat:DELIVRD err:000') },
  })
}

function frameOf(command: number, sequence: number, body: Buffer): Buffer {
  const frame = Buffer.alloc(16 + body.length)
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(command, 4)
  frame.writeUInt32BE(sequence, 12)
  body.copy(frame, 16)
  return frame
}
