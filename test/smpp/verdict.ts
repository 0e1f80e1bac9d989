import { isDeepStrictEqual } from 'node:util'
import { commandId } from '../../src/smpp/codec/commands.ts'
import { deliveryOf, parseDeliverSm } from '../../src/smpp/codec/delivery.ts'
import { BrokenStream, DamagedPdu } from '../../src/smpp/codec/errors.ts'
import { decodePdu, type Pdu } from '../../src/smpp/codec/pdu.ts'
import { parseSubmitResp } from '../../src/smpp/codec/submit-resp.ts'
import { parseReceipt } from '../../src/smpp/receipt.ts'

export type Verdict = 'decoded' | 'damaged' | 'broken'

/** What `read` gives, or the class of its complaint; any other error is thrown on. */
function outcome<T>(read: () => T): T | 'damaged' | 'broken' {
  try {
    return read()
  } catch (error) {
    if (error instanceof DamagedPdu) return 'damaged'
    if (error instanceof BrokenStream) return 'broken'
    throw error
  }
}

/**
 * What the codec makes of one input. The general decoder is the reference of the two hot-path readers.
 * @throws Error where they disagree, or where one throws anything but DamagedPdu and BrokenStream.
 */
export function judge(frame: Buffer): Verdict {
  const general = outcome(() => decodePdu(frame))
  if (general === 'broken') return 'broken'
  const id = frame.readUInt32BE(4)
  if (id === commandId.deliver_sm) {
    const fast = outcome(() => parseDeliverSm(frame))
    const expected = general === 'damaged' ? 'damaged' : deliveryOf(general as Pdu<'deliver_sm'>, frame)
    if (!isDeepStrictEqual(fast, expected)) throw new Error(`deliver_sm read in two ways: ${frame.toString('hex')}`)
    if (typeof fast === 'object') touchReceipt(fast)
  } else if (id === commandId.submit_sm_resp && general !== 'damaged') {
    const { fields, status, sequence, tlvs } = general as Pdu<'submit_sm_resp'>
    const fast = outcome(() => parseSubmitResp(frame))
    const congestion = tlvs.congestion_state === undefined ? undefined : Math.min(tlvs.congestion_state, 100)
    const expected = { status, sequence, messageId: fields.message_id, congestion }
    if (!isDeepStrictEqual(fast, expected)) throw new Error(`submit_sm_resp read in two ways: ${frame.toString('hex')}`)
  }
  return general === 'damaged' ? 'damaged' : 'decoded'
}

/** Reads all of a receipt: dates and the rest are read when they are asked for. */
function touchReceipt(delivery: ReturnType<typeof parseDeliverSm>): void {
  const receipt = parseReceipt(delivery, { idInReceipt: 'hex' })
  if (receipt && [receipt.submittedAt, receipt.doneAt].some((date) => date && Number.isNaN(date.getTime()))) {
    throw new Error('a date that is none')
  }
}
