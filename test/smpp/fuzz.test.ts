import { afterEach, describe, expect, it } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { commandId } from '../../src/smpp/codec/commands.ts'
import { BrokenStream } from '../../src/smpp/codec/errors.ts'
import { Framer } from '../../src/smpp/codec/framer.ts'
import { encodePdu } from '../../src/smpp/codec/pdu.ts'
import { chunked, corpusOf, damage, mislength } from './mutations.ts'
import { Victim } from './session/victim.ts'
import { judge, type Verdict } from './verdict.ts'

const corpus = corpusOf(prng(19), 30)

describe('damaged PDUs', () => {
  it('are read or called damaged, and read alike by the hot path and by the general decoder', () => {
    const random = prng(20)
    const verdicts: Record<Verdict, number> = { decoded: 0, damaged: 0, broken: 0 }
    for (let round = 0; round < 30_000; round++) verdicts[judge(damage(random, corpus))]++
    // Both happen, or the mutation tries nothing.
    expect(verdicts.damaged).toBeGreaterThan(2000)
    expect(verdicts.decoded).toBeGreaterThan(2000)
    expect(verdicts.broken).toBe(0)
  })

  it('that are not damaged are all decoded', () => {
    expect(corpus.map(judge).every((verdict) => verdict === 'decoded')).toBe(true)
  })

  it('with a wrong command_length are a broken stream', () => {
    const random = prng(21)
    for (let round = 0; round < 5000; round++) expect(judge(mislength(random, corpus))).toBe('broken')
  })
})

describe('a stream in random chunks', () => {
  it('of damaged PDUs with right lengths comes out frame by frame', () => {
    const random = prng(22)
    for (let round = 0; round < 200; round++) {
      const frames = Array.from({ length: 1 + random.int(30) }, () => damage(random, corpus))
      const framer = new Framer()
      const out: Buffer[] = []
      for (const chunk of chunked(random, Buffer.concat(frames))) {
        framer.push(chunk)
        for (let frame = framer.next(); frame; frame = framer.next()) out.push(frame)
      }
      expect(out.map((frame) => frame.toString('hex'))).toEqual(frames.map((frame) => frame.toString('hex')))
    }
  })

  it('of noise ends in BrokenStream with little held', () => {
    const random = prng(23)
    let ended = 0
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
            judge(frame)
          }
          expect(pushed - cut).toBeLessThanOrEqual(4096 + 200)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(BrokenStream)
        ended++
      }
    }
    expect(ended).toBeGreaterThan(400)
  })
})

describe('a live session', () => {
  let victim: Victim
  afterEach(() => victim.close())

  it('answers enquire_link after each damaged PDU, whatever it was and however it was cut', async () => {
    const random = prng(24)
    victim = await Victim.open()
    for (let round = 0; round < 150; round++) {
      const inputs = Array.from({ length: 1 + random.int(60) }, () => victim.aim(random, damage(random, corpus)))
      const frames = inputs.filter(
        // An unbind is obeyed.
        (frame) => frame.readUInt32BE(4) !== commandId.unbind,
      )
      for (const chunk of chunked(random, Buffer.concat(frames))) victim.feed(chunk)
      expect(await victim.alive(), `round ${round}`).toBe(true)
      // The window is not silted up by what cannot be read: what is waiting can be answered.
      expect(victim.session.inFlight).toBeLessThanOrEqual(50)
    }
    expect(victim.delivered).toBeGreaterThan(300)
    expect(victim.answered).toBeGreaterThan(100)
    // Each submit is answered, or still in the window.
    expect(victim.answered + victim.session.inFlight).toBe(victim.submitted)
  })

  it.each([0, 1, 4, 15, 65_537, 0xffffffff])('ends and says so at a command_length of %i', async (length) => {
    victim = await Victim.open()
    const frame = encodePdu({ command: 'enquire_link', sequence: 5 })
    frame.writeUInt32BE(length, 0)
    victim.feed(frame)
    expect(await victim.ended()).toMatchObject({ kind: 'lost', reason: expect.stringContaining('out of step') })
    expect(victim.session.mode).toBe('closed')
  })

  it('in a stream of random lengths goes on or ends, and hands back what it owes', async () => {
    const random = prng(25)
    let ended = 0
    for (let round = 0; round < 40; round++) {
      victim = await Victim.open()
      for (let n = 0; n < 30; n++) victim.feed(random.next() < 0.2 ? mislength(random, corpus) : damage(random, corpus))
      // A length that is too long waits for its octets: these end it, or belong to it.
      victim.feed(Buffer.alloc(70_000))
      await victim.ended()
      ended++
      expect(victim.answered + victim.handedBack).toBe(victim.submitted)
      await victim.close()
    }
    expect(ended).toBe(40)
    victim = await Victim.open()
  })
})
