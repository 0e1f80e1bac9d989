import { describe, expect, it } from 'vitest'
import { type Prng, prng } from '../../src/lib/prng.ts'
import { type CommandName, commandId } from '../../src/smpp/codec/commands.ts'
import { deliveryOf, parseDeliverSm } from '../../src/smpp/codec/delivery.ts'
import { BrokenStream, DamagedPdu } from '../../src/smpp/codec/errors.ts'
import { Framer } from '../../src/smpp/codec/framer.ts'
import { decodePdu, encodePdu, type Pdu, type PduInput } from '../../src/smpp/codec/pdu.ts'
import { parseSubmitResp } from '../../src/smpp/codec/submit-resp.ts'
import { parseReceipt } from '../../src/smpp/receipt.ts'
import { randomPdu } from './random-pdu.ts'

const commands = Object.keys(commandId) as CommandName[]

/** Flips, drops, doubles and cuts octets; the header keeps agreeing with the length, so the body is what is tried. */
function mutate(random: Prng, frame: Buffer): Buffer {
  let octets = [...frame]
  for (let n = 1 + random.int(4); n > 0; n--) {
    const at = 16 + random.int(Math.max(1, octets.length - 16))
    const what = random.int(4)
    if (what === 0 && at < octets.length) octets[at] = random.pick([0, 0xff, 0x7f, random.int(256)])
    else if (what === 1) octets.splice(at, 1 + random.int(4))
    else if (what === 2) octets.splice(at, 0, ...octets.slice(at, at + 1 + random.int(8)))
    else octets = octets.slice(0, at)
  }
  const mutated = Buffer.from(octets)
  mutated.writeUInt32BE(mutated.length, 0)
  return mutated
}

/** What `read` gives, or the class of its complaint; any other error fails the test. */
function outcome<T>(read: () => T): T | 'damaged' {
  try {
    return read()
  } catch (error) {
    if (error instanceof DamagedPdu) return 'damaged'
    throw error
  }
}

function asDelivery(pdu: Pdu | 'damaged') {
  return pdu === 'damaged' || pdu.command !== 'deliver_sm' ? 'damaged' : deliveryOf(pdu)
}

describe('damaged PDUs', () => {
  it('are read or called damaged, never anything else', () => {
    const random = prng(20)
    let damaged = 0
    for (let round = 0; round < 6000; round++) {
      const frame = mutate(random, encodePdu(randomPdu(random, random.pick(commands)) as PduInput))
      if (outcome(() => decodePdu(frame)) === 'damaged') damaged++
    }
    // Both happen, or the mutation tries nothing.
    expect(damaged).toBeGreaterThan(300)
    expect(damaged).toBeLessThan(5700)
  })

  it('are read alike by the hot path and by the general decoder', () => {
    const random = prng(21)
    for (let round = 0; round < 3000; round++) {
      const whole = encodePdu(randomPdu(random, 'deliver_sm'))
      const frame = round % 3 === 0 ? whole : mutate(random, whole)
      const fast = outcome(() => parseDeliverSm(frame))
      expect(fast).toEqual(asDelivery(outcome(() => decodePdu(frame))))
      if (fast !== 'damaged') parseReceipt(fast, { idInReceipt: random.pick(['string', 'hex', 'decimal'] as const) })
    }
    for (let round = 0; round < 3000; round++) {
      const frame = mutate(random, encodePdu(randomPdu(random, 'submit_sm_resp')))
      const general = decodePdu(frame)
      if (general.command !== 'submit_sm_resp') throw new Error('not a submit_sm_resp')
      expect(parseSubmitResp(frame).messageId).toBe(general.fields.message_id)
    }
  })

  it('in a stream of noise end in BrokenStream with little held', () => {
    const random = prng(22)
    for (let round = 0; round < 500; round++) {
      const framer = new Framer(4096)
      let cut = 0
      let pushed = 0
      try {
        for (let n = 0; n < 50; n++) {
          const chunk = Buffer.from(Array.from({ length: 1 + random.int(200) }, () => random.int(256)))
          // Now and then a length that can be believed.
          if (random.next() < 0.7 && chunk.length > 4) chunk.writeUInt32BE(16 + random.int(200), 0)
          pushed += chunk.length
          framer.push(chunk)
          for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
            cut += frame.length
            outcome(() => decodePdu(frame as Buffer))
          }
          expect(pushed - cut).toBeLessThanOrEqual(4096 + 200)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(BrokenStream)
      }
    }
  })
})
