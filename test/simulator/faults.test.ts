import { afterEach, describe, expect, it } from 'vitest'
import type { FaultCounts } from '../../src/simulator/faults.ts'
import type { SmscOptions } from '../../src/simulator/settings.ts'
import type { Pdu } from '../../src/smpp/codec/pdu.ts'
import { type Esme, submit } from './esme.ts'
import { closeAll, esmeOf, messageIdOf, receiptOf, smscWith, unboundOf } from './rig.ts'

afterEach(closeAll)

const quiet = { registered_delivery: 0 }
const many = (n: number, fields: Record<string, unknown> = {}) => Array.from({ length: n }, () => submit(fields))
const answersOf = (esme: Esme) => esme.all('submit_sm_resp')
const bind = { command: 'bind_transceiver', fields: { system_id: 'us', password: 'right' } } as const

describe('bind errors', () => {
  it('come in the shares asked for, the same with the same seed, and end the connection', async () => {
    const statuses = async (seed: number) => {
      const smsc = await smscWith({ bindErrors: { ESME_RALYBND: 0.4, ESME_RBINDFAIL: 0.2 }, seed })
      const got: number[] = []
      for (let i = 0; i < 60; i++) {
        const esme = await unboundOf(smsc)
        got.push((await esme.request(bind)).status)
        if (got.at(-1) !== 0) await esme.closed
        esme.close()
      }
      expect(smsc.stats().faults.bindErrors).toBe(got.filter((status) => status !== 0).length)
      return got
    }
    const [one, same, other] = [await statuses(1), await statuses(1), await statuses(2)]
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
    expect(new Set(one)).toEqual(new Set([0, 0x05, 0x0d]))
  })

  it('leave a wrong password a wrong password', async () => {
    const esme = await unboundOf(await smscWith({ password: 'secret', bindErrors: { ESME_RBINDFAIL: 1 } }))
    expect((await esme.request(bind)).status).toBe(0x0e)
  })
})

describe('full queues', () => {
  const to = (i: number) => submit({ ...quiet, destination_addr: String(821000000000 + i) })

  it('are those of some destinations, and stay full for their time', async () => {
    const refused = async (seed: number) => {
      const smsc = await smscWith({ fullQueues: { share: 0.3, forMs: 60_000 }, seed })
      const esme = await esmeOf(smsc)
      esme.sendAll([...Array.from({ length: 400 }, (_, i) => to(i)), ...Array.from({ length: 400 }, (_, i) => to(i))])
      await esme.until(() => answersOf(esme).length === 800)
      const statuses = answersOf(esme).map(({ status }) => status)
      expect(new Set(statuses)).toEqual(new Set([0, 0x14]))
      expect(statuses.slice(400)).toEqual(statuses.slice(0, 400))
      const full = statuses.slice(0, 400).flatMap((status, i) => (status === 0 ? [] : [i]))
      expect(smsc.stats()).toMatchObject({ rejected: 2 * full.length, faults: { fullQueues: 2 * full.length } })
      return full
    }
    const [one, same, other] = [await refused(1), await refused(1), await refused(2)]
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
    expect(one.length / 400).toBeCloseTo(0.3, 1)
  })

  it('have room again afterwards', async () => {
    const esme = await esmeOf(await smscWith({ fullQueues: { share: 1, forMs: 150 } }))
    expect((await esme.request(to(1))).status).toBe(0x14)
    await expect.poll(async () => (await esme.request(to(1))).status).toBe(0)
    expect((await esme.request(to(1))).status).toBe(0)
  })
})

describe('responses', () => {
  it('come without an id in the share asked for, half of them without a body', async () => {
    const smsc = await smscWith({ noId: 0.5, receipts: { delayMs: 1 } })
    const esme = await esmeOf(smsc)
    esme.sendAll(many(400))
    await esme.until(() => answersOf(esme).length === 400 && esme.all('deliver_sm').length === 400)
    const noId = answersOf(esme).filter((pdu) => messageIdOf(pdu) === '')
    expect(noId.every(({ status }) => status === 0)).toBe(true)
    expect(noId.length).toBe(smsc.stats().faults.withoutId)
    expect(noId.length / 400).toBeCloseTo(0.5, 0)
  })

  it('tell how much of the throughput is used', async () => {
    const smsc = await smscWith({ tps: 10, congestion: true, latencyMs: { mean: 1 } })
    const esme = await esmeOf(smsc)
    esme.sendAll(many(15, quiet))
    await esme.until(() => answersOf(esme).length === 15)
    const states = answersOf(esme).map(({ tlvs }) => tlvs.congestion_state)
    // On a machine that stalls, two bursts may lie in different seconds: the first is from 10 % on in any case.
    expect(states.slice(0, 3)).toEqual([10, 20, 30])
    expect(Math.max(...(states as number[]))).toBeLessThanOrEqual(100)
    if (smsc.stats().throttled === 5) expect(states.slice(9)).toEqual([100, 100, 100, 100, 100, 100])
    expect(
      answersOf(esme)
        .filter(({ status }) => status === 0)
        .every((pdu) => messageIdOf(pdu) !== ''),
    ).toBe(true)
  })
})

describe('connections', () => {
  it('are cut again and again with answers pending', async () => {
    const smsc = await smscWith({ faults: { dropEveryMs: 30 } })
    let unanswered = 0
    let esme = await esmeOf(smsc)
    // A cut by TCP reset and a close in good order, each drawn by the seed.
    while (smsc.stats().faults.drops < 4) {
      const before = smsc.stats().accepted
      for (let closed = false; !closed; ) {
        esme.sendAll(many(5, quiet))
        closed = await Promise.race([esme.closed.then(() => true), nextTurn().then(() => false)])
      }
      unanswered += smsc.stats().accepted - before - answersOf(esme).length
      esme = await esmeOf(smsc)
    }
    expect(unanswered).toBeGreaterThan(0)
  })

  it('stall with TCP up and answer everything afterwards', async () => {
    const smsc = await smscWith({ faults: { stallEveryMs: 20, stallForMs: 100 } })
    const esme = await esmeOf(smsc)
    await expect.poll(() => smsc.stats().faults.stalls).toBeGreaterThan(0)
    esme.sendAll(many(20, quiet))
    await esme.until(() => answersOf(esme).length === 20)
  })

  it('are silent for as long as a stall lasts, new ones too', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 0 } })
    const esme = await esmeOf(smsc)
    smsc.stall(400)
    const other = await unboundOf(smsc)
    other.send(bind)
    esme.sendAll([submit(), { command: 'enquire_link' }])
    const started = performance.now()
    await esme.until(() => esme.received.length > 1)
    // It cannot be earlier; how much later is the machine's business.
    expect(performance.now() - started).toBeGreaterThan(350)
    await esme.until(() => esme.all('enquire_link_resp').length === 1 && esme.all('deliver_sm').length === 1)
    await other.until(() => other.received.length === 1)
    expect(smsc.stats().faults.stalls).toBe(2)
  })

  it('are unbound by the SMSC in mid-flow', async () => {
    const smsc = await smscWith({ faults: { unbindEveryMs: 30 } })
    const esme = await esmeOf(smsc)
    for (let closed = false; !closed; ) {
      esme.sendAll(many(5, quiet))
      closed = await Promise.race([esme.closed.then(() => true), nextTurn().then(() => false)])
    }
    expect(esme.all('unbind').length).toBe(1)
    expect(smsc.stats().faults.unbinds).toBe(1)
    // What came before the answer to unbind was answered.
    expect(answersOf(esme).length).toBe(smsc.stats().accepted)
  })

  it('are all unbound on demand, and receipts wait for the next bind', async () => {
    const smsc = await smscWith({ receipts: { delayMs: 50 } })
    const [one, two] = [await esmeOf(smsc), await esmeOf(smsc)]
    one.polite = false
    const id = messageIdOf(await one.request(submit()))
    const gone = smsc.unbindAll()
    await two.closed
    await one.until(() => one.all('unbind').length === 1)
    // The receipt falls due while the answer to unbind is awaited.
    const state = async () => await one.request({ command: 'query_sm', fields: { message_id: id } })
    await expect.poll(state).toMatchObject({ fields: { message_state: 2 } })
    await nextTurn()
    await one.request({ command: 'enquire_link' })
    expect(smsc.stats()).toMatchObject({ binds: 1, receiptsSent: 0 })
    one.socket.write(Buffer.from(`0000001080000006000000000000000${one.all('unbind')[0]?.sequence}`, 'hex'))
    await gone
    const three = await esmeOf(smsc)
    await three.until(() => three.all('deliver_sm').length === 1)
    expect(receiptOf(three.all('deliver_sm')[0] as Pdu).id).toBe(id)
  })

  it('are asked with enquire_link, and cut when silent', async () => {
    const smsc = await smscWith({ faults: { enquireLinkMs: 60 } })
    const esme = await esmeOf(smsc)
    await esme.until(() => esme.all('enquire_link').length >= 3)
    esme.polite = false
    await esme.closed
    expect(smsc.stats().faults.silent).toBe(1)
  })

  it('are read from slowly, and nothing is lost', async () => {
    const smsc = await smscWith({ faults: { slowReadBytesPerS: 40_000 } })
    const esme = await esmeOf(smsc)
    const before = performance.now()
    esme.sendAll(many(300, quiet))
    await esme.until(() => answersOf(esme).length === 300)
    expect(smsc.stats().faults.slowReads).toBeGreaterThan(5)
    // 300 PDUs of some 70 octets: half a second at least.
    expect(performance.now() - before).toBeGreaterThan(300)
  })

  it('carry the right octets in the wrong portions', async () => {
    const smsc = await smscWith({ faults: { fragment: 0.5 }, receipts: { delayMs: 2, jitterMs: 2 } })
    const esme = await esmeOf(smsc)
    for (let i = 0; i < 40; i++) {
      esme.sendAll(many(5))
      await nextTurn()
    }
    await esme.until(() => answersOf(esme).length === 200 && esme.all('deliver_sm').length === 200)
    expect(esme.damaged).toEqual([])
    const { torn, glued } = smsc.stats().faults
    expect(torn).toBeGreaterThan(3)
    expect(glued).toBeGreaterThan(3)
    expect(esme.chunks.filter((length) => length < 16).length).toBeGreaterThan(3)
    expect(answersOf(esme).map(({ sequence }) => sequence)).toEqual(Array.from({ length: 200 }, (_, i) => i + 2))
  })

  it('say the last word before they close, however torn', async () => {
    const esme = await esmeOf(await smscWith({ faults: { fragment: 1 } }))
    esme.sendAll([...many(20, quiet), { command: 'unbind' }])
    await esme.closed
    expect(answersOf(esme).length).toBe(20)
    expect(esme.all('unbind_resp').length).toBe(1)
  })
})

describe('what is malformed', () => {
  it('comes beside the sound PDUs, which are all there', async () => {
    const smsc = await smscWith({ faults: { malformed: 0.5 }, receipts: { delayMs: 1 } })
    const esme = await esmeOf(smsc)
    esme.sendAll(many(200))
    await expect.poll(() => smsc.stats().receiptsAcknowledged).toBe(200)
    const { damaged } = smsc.stats().faults
    expect(damaged / 400).toBeCloseTo(0.5, 1)
    const known = new Set(answersOf(esme).map(messageIdOf))
    const reported = esme.all('deliver_sm').filter(({ sequence }) => sequence !== 0x7ffffff0)
    expect(reported.length).toBe(200)
    expect(reported.every((pdu) => known.has(receiptOf(pdu).id))).toBe(true)
    // Each kind: commands that do not exist, a deliver_sm cut short, one with a TLV cut short, two wrong responses.
    expect(new Set(esme.damaged.map(({ commandId }) => commandId))).toEqual(new Set([0x999, 0x80000999, 0x05]))
    expect(esme.all('deliver_sm').some(({ sequence }) => sequence === 0x7ffffff0)).toBe(true)
    expect(esme.all('query_sm_resp').length).toBeGreaterThan(0)
    expect(answersOf(esme).some(({ sequence }) => sequence === 0x7ffffff0)).toBe(true)
  })

  it('may be the stream itself', async () => {
    const smsc = await smscWith({ faults: { brokenEveryMs: 10 } })
    for (let i = 1; i <= 6; i++) {
      const esme = await esmeOf(smsc)
      await esme.closed
      expect(esme.broken).toBe(true)
    }
    expect(smsc.stats().faults.brokenStreams).toBeGreaterThanOrEqual(6)
  })
})

it('troubles come at the same times with the same seed', async () => {
  const unbindsOf = async (seed: number) => {
    const options: SmscOptions = { faults: { unbindEveryMs: 100, malformed: 0.3 }, receipts: { never: 1 }, seed }
    const esme = await esmeOf(await smscWith(options))
    for (let i = 0; i < 60 && !esme.socket.destroyed; i++) esme.sendAll(many(1))
    await esme.until(() => answersOf(esme).filter(({ sequence }) => sequence !== 0x7ffffff0).length >= 60)
    return esme.received.filter(({ command }) => command !== 'unbind').map(({ command }) => command)
  }
  const [one, same, other] = [await unbindsOf(1), await unbindsOf(1), await unbindsOf(2)]
  expect(same).toEqual(one)
  expect(other).not.toEqual(one)
})

it('all faults at once leave an SMSC that stands, and counts that add up', async () => {
  const smsc = await smscWith({
    bindErrors: { ESME_RBINDFAIL: 0.2 },
    tps: 5000,
    congestion: true,
    latencyMs: { mean: 5, jitter: 20, distribution: 'lognormal' },
    errors: { ESME_RSYSERR: 0.05 },
    fullQueues: { share: 0.1, forMs: 50 },
    noId: 0.02,
    receipts: {
      ...{ delayMs: 5, jitterMs: 10, distribution: 'pareto', duplicates: 0.05, early: 0.05, never: 0.05 },
      ...{ reorder: 0.1, intermediate: 0.1, format: 'mixed', idInReceipt: 'hex', idInResponse: 'hex', idVariants: 0.3 },
    },
    faults: {
      ...{ dropEveryMs: 300, stallEveryMs: 200, stallForMs: 30, unbindEveryMs: 300, brokenEveryMs: 500 },
      ...{ slowReadBytesPerS: 10_000, fragment: 0.3, malformed: 0.05, enquireLinkMs: 100 },
    },
  })
  const expected = Object.keys(smsc.stats().faults).filter((name) => name !== 'silent')
  const missing = () => expected.filter((name) => smsc.stats().faults[name as keyof FaultCounts] === 0)
  while (missing().length > 0) {
    const esme = await unboundOf(smsc)
    if ((await Promise.race([esme.request(bind), esme.closed.then(() => undefined)]))?.status !== 0) continue
    let to = 821000000000
    while (!esme.socket.destroyed && esme.socket.writable) {
      esme.sendAll(Array.from({ length: 10 }, () => submit({ destination_addr: String(to++) })))
      await nextTurn()
    }
    await esme.closed
  }
  const { submits, accepted, throttled, rejected, malformed } = smsc.stats()
  expect(accepted + throttled + rejected).toBe(submits)
  expect(malformed).toBe(0)
  expect(smsc.stats().receiptsAcknowledged).toBeGreaterThan(0)
})

const nextTurn = () => new Promise<void>((resolve) => setTimeout(resolve, 2))
