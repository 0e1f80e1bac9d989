import type { Prng } from '../../src/lib/prng.ts'
import { type CommandName, commandId } from '../../src/smpp/codec/commands.ts'
import { encodePdu, type PduInput } from '../../src/smpp/codec/pdu.ts'
import { randomPdu } from './random-pdu.ts'

const commands = Object.keys(commandId) as CommandName[]
/** What an SMSC sends most; half of the corpus. */
const frequent: readonly CommandName[] = ['deliver_sm', 'submit_sm_resp', 'data_sm', 'generic_nack', 'enquire_link']

/** Valid PDUs to be damaged; `rounds` of every command, and as many of the frequent ones. */
export function corpusOf(random: Prng, rounds: number): Buffer[] {
  const frames: Buffer[] = []
  for (let round = 0; round < rounds; round++) {
    for (const command of commands) {
      frames.push(encodePdu(randomPdu(random, command) as PduInput))
      frames.push(encodePdu(randomPdu(random, random.pick(frequent)) as PduInput))
    }
  }
  return frames
}

type Mutation = (random: Prng, frame: Buffer, other: Buffer) => Buffer

/** Damage inside a frame; command_length keeps telling the truth, so that the stream stays whole. */
const whole: readonly Mutation[] = [
  function flipBits(random, frame) {
    const out = Buffer.from(frame)
    for (let n = 1 + random.int(8); n > 0; n--) {
      const at = 4 + random.int(out.length - 4)
      out[at] = (out[at] as number) ^ (1 << random.int(8))
    }
    return out
  },
  function truncate(random, frame) {
    return Buffer.from(frame.subarray(0, 16 + random.int(frame.length - 15)))
  },
  function splice(random, frame, other) {
    const head = frame.subarray(0, 16 + random.int(frame.length - 15))
    return Buffer.concat([head, other.subarray(random.int(other.length))])
  },
  function addTlvs(random, frame) {
    const parts = [frame]
    for (let n = 1 + random.int(5); n > 0; n--) {
      const value = random.int(40)
      const tlv = Buffer.allocUnsafe(4 + value)
      for (let i = 0; i < tlv.length; i++) tlv[i] = random.int(256)
      tlv.writeUInt16BE(random.pick([0x0005, 0x001e, 0x0423, 0x0424, 0x0427, 0x0428, 0x1400, random.int(65_536)]), 0)
      // Mostly right, else a length that goes past the end or stops short.
      tlv.writeUInt16BE(random.next() < 0.7 ? value : random.int(65_536), 2)
      parts.push(tlv)
    }
    return Buffer.concat(parts)
  },
  function overwrite(random, frame) {
    const out = Buffer.from(frame)
    for (let n = 1 + random.int(6); n > 0; n--) {
      if (out.length > 16) out[16 + random.int(out.length - 16)] = random.pick([0, 0xff, 0x7f, 0x20, random.int(256)])
    }
    return out
  },
  function repeat(random, frame) {
    const at = 16 + random.int(frame.length - 15)
    const length = 1 + random.int(30)
    return Buffer.concat([frame.subarray(0, at), frame.subarray(at, at + length), frame.subarray(at)])
  },
]

/** A frame damaged inside, its command_length right. */
export function damage(random: Prng, corpus: readonly Buffer[]): Buffer {
  const mutate = random.pick(whole)
  const out = mutate(random, random.pick(corpus), random.pick(corpus))
  out.writeUInt32BE(out.length, 0)
  return out
}

/** A frame whose command_length is not its length: impossible, short, long, or torn by one octet. */
export function mislength(random: Prng, corpus: readonly Buffer[]): Buffer {
  const out = Buffer.from(random.pick(corpus))
  const { length } = out
  const lie = random.pick([
    0,
    1,
    4,
    15,
    16,
    length - 1,
    length + 1,
    length + 16,
    65_537,
    0xffffffff,
    random.int(2 ** 32),
  ])
  out.writeUInt32BE(lie === length ? length + 1 : lie, 0)
  return out
}

/** A stream cut into chunks of random sizes: single octets, halves of headers, several PDUs at once. */
export function chunked(random: Prng, stream: Buffer): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < stream.length; ) {
    const length = random.next() < 0.3 ? 1 + random.int(5) : 1 + random.int(700)
    chunks.push(stream.subarray(at, at + length))
    at += length
  }
  return chunks
}
