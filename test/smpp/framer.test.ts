import { describe, expect, it } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { BrokenStream } from '../../src/smpp/codec/errors.ts'
import { Framer } from '../../src/smpp/codec/framer.ts'

/** A frame of `length` octets whose content tells it from others. */
function frameOf(length: number, mark: number): Buffer {
  const frame = Buffer.alloc(length, mark)
  frame.writeUInt32BE(length, 0)
  return frame
}

function drain(framer: Framer): Buffer[] {
  const frames: Buffer[] = []
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) frames.push(frame)
  return frames
}

describe('Framer', () => {
  it('gives a PDU that lies in one chunk as a view, not a copy', () => {
    const chunk = Buffer.concat([frameOf(16, 1), frameOf(40, 2)])
    const framer = new Framer()
    framer.push(chunk)
    const frames = drain(framer)
    expect(frames.map((frame) => frame.length)).toEqual([16, 40])
    for (const frame of frames) expect(frame.buffer).toBe(chunk.buffer)
    expect(frames[1]?.byteOffset).toBe(chunk.byteOffset + 16)
  })

  it('gives the same PDUs however the stream is cut', () => {
    const random = prng(7)
    const frames = Array.from({ length: 200 }, (_, i) => frameOf(16 + random.int(300), i & 0xff))
    const stream = Buffer.concat(frames)
    for (const largest of [1, 2, 3, 5, 17, 64, 1000]) {
      const framer = new Framer()
      const got: Buffer[] = []
      for (let at = 0; at < stream.length; ) {
        const end = at + 1 + random.int(largest)
        framer.push(Buffer.from(stream.subarray(at, end)))
        got.push(...drain(framer))
        at = end
      }
      expect(Buffer.concat(got).equals(stream)).toBe(true)
      expect(got.map((frame) => frame.length)).toEqual(frames.map((frame) => frame.length))
    }
  })

  it('takes several chunks before they are drained', () => {
    const framer = new Framer()
    const stream = Buffer.concat([frameOf(20, 1), frameOf(30, 2), frameOf(25, 3)])
    for (let at = 0; at < stream.length; at += 11) framer.push(stream.subarray(at, at + 11))
    expect(drain(framer).map((frame) => frame.length)).toEqual([20, 30, 25])
    expect(framer.next()).toBeUndefined()
  })

  it.each([0, 1, 4, 15, 65_537, 0x80000000, 0xffffffff])('calls a command_length of %d a broken stream', (length) => {
    const header = Buffer.alloc(16)
    header.writeUInt32BE(length, 0)
    const framer = new Framer()
    framer.push(Buffer.concat([frameOf(16, 1), header]))
    expect(framer.next()).toBeDefined()
    expect(() => framer.next()).toThrow(BrokenStream)
    // It stays broken: what comes later cannot be trusted.
    framer.push(frameOf(16, 2))
    expect(() => framer.next()).toThrow(BrokenStream)
  })

  it('refuses an absurd length as soon as its four octets are there', () => {
    const framer = new Framer(1024)
    framer.push(Buffer.of(0, 0))
    expect(framer.next()).toBeUndefined()
    framer.push(Buffer.of(4, 1))
    expect(() => framer.next()).toThrow(BrokenStream)
  })

  it('takes the longest PDU that is allowed', () => {
    const framer = new Framer(1024)
    framer.push(frameOf(1024, 9))
    expect(framer.next()?.length).toBe(1024)
  })

  it('keeps no octet of a chunk that it has cut up', () => {
    const framer = new Framer()
    const chunk = frameOf(100, 1)
    framer.push(chunk.subarray(0, 60))
    expect(framer.next()).toBeUndefined()
    // What was gathered is a copy: the chunk may be reused.
    const expected = Buffer.from(chunk)
    chunk.fill(0, 0, 60)
    framer.push(expected.subarray(60))
    expect(framer.next()?.equals(expected)).toBe(true)
  })
})
