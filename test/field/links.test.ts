import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'
import { triedAgain } from './observe.ts'
import { acceptAndDeliver, receiptText, type Submit, scriptedSmsc } from './scripted.ts'

let bench: Bench
afterEach(() => bench.close())

const accepted = () => bench.smsc.stats().accepted
const quick = 'timers: { enquireLink: 300ms, response: 400ms, reconnect: [50ms, 200ms] }'

describe('field 15: a half-open link', () => {
  it('an SMSC that falls silent with TCP up is left and bound anew; nobody is lost', async () => {
    bench = await dispatchBench()
    const id = await bench.broadcast(300)
    const engine = await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 300', 'window: 10', quick]))
    const bind = () => engine.dispatcher.status()[0]?.each[0]
    await expect.poll(accepted, { interval: 5 }).toBeGreaterThan(100)
    bench.smsc.stall(2000)
    await expect.poll(() => bind()?.boundAt, { interval: 10 }).toBeNull()
    expect(['network', 'silent']).toContain(bind()?.lastEnd?.cause)
    await bench.until(id, { delivered: 300 })
    // What it had not read when the link was left.
    expect(accepted() - 300).toBeLessThanOrEqual(10)
  })

  it('an idle link is asked for life, and left without an answer', async () => {
    bench = await dispatchBench()
    const engine = await bench.dispatch(testProfile(bench.smsc.port, [quick]))
    const bind = () => engine.dispatcher.status()[0]?.each[0]
    await expect.poll(() => bind()?.boundAt).toBeInstanceOf(Date)
    bench.smsc.stall(1500)
    await expect.poll(() => bind()?.lastEnd?.reason, { interval: 10 }).toContain('half open')
    await expect.poll(() => bind()?.boundAt).toBeInstanceOf(Date)
  })
})

describe('field 16: rebinding too soon', () => {
  it('ESME_RALYBND is waited for at length, while the bind that is up sends', async () => {
    bench = await dispatchBench({ maxBinds: 1 })
    const id = await bench.broadcast(100)
    const engine = await bench.dispatch(
      testProfile(bench.smsc.port, ['binds: 2', 'timers: { response: 2s, reconnect: [20ms, 20s] }']),
    )
    await bench.until(id, { delivered: 100 })
    const each = engine.dispatcher.status()[0]?.each ?? []
    const refused = each.find(({ lastEnd }) => lastEnd)?.lastEnd
    expect(refused?.cause).toBe('already-bound')
    // Half to all of the longest pause, at the first refusal already.
    expect(refused?.retryInMs).toBeGreaterThanOrEqual(10_000)
    expect(each.filter(({ boundAt }) => boundAt)).toHaveLength(1)
  })

  it("the SMSC's unbind: nothing new, answers taken, receipts acknowledged, then unbind_resp; bound anew, none told twice", async () => {
    bench = await dispatchBench({ latencyMs: { mean: 60, jitter: 20 }, receipts: { delayMs: 30, jitterMs: 20 } })
    const id = await bench.broadcast(400)
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 300', 'window: 30', 'binds: 2']))
    for (const n of [80, 200]) {
      await expect.poll(accepted, { interval: 5 }).toBeGreaterThan(n)
      await bench.smsc.unbindAll()
    }
    await bench.until(id, { delivered: 400 })
    expect(await triedAgain(bench, id)).toBe(0)
    expect(bench.smsc.stats()).toMatchObject({ accepted: 400, faults: { unbinds: 4 } })
    // None had to be sent again for want of its acknowledgement.
    expect(bench.smsc.stats().receiptsSent).toBe(400)
  })

  it('our own end: what was delivered by then is acknowledged before we unbind', async () => {
    bench = await dispatchBench()
    const submits: Submit[] = []
    const smsc = await scriptedSmsc((submit, connection) => {
      submits.push(submit)
      const { sequence } = submit
      connection.send({ command: 'submit_sm_resp', sequence, fields: { message_id: `m${sequence}` } })
    })
    const id = await bench.broadcast(5)
    const engine = await bench.dispatch(testProfile(smsc.port))
    await bench.until(id, { submitted: 5 })
    const { last } = smsc.peer
    // The answer to enquire_link tells that the receipts before it have been read.
    last.send(
      ...submits.map(({ sequence }) => ({
        command: 'deliver_sm' as const,
        sequence,
        fields: { esm_class: 4, short_message: Buffer.from(receiptText(`m${sequence}`)) },
      })),
      { command: 'enquire_link', sequence: 999 },
    )
    await smsc.peer.until(() => last.all('enquire_link_resp').length === 1)
    await engine.stop()
    const said = last.received.map(({ command }) => command)
    expect(last.all('deliver_sm_resp').map(({ sequence }) => sequence)).toEqual(submits.map(({ sequence }) => sequence))
    expect(said.indexOf('unbind')).toBeGreaterThan(said.lastIndexOf('deliver_sm_resp'))
    await bench.until(id, { delivered: 5 })
    await smsc.close()
  })
})

describe('the SMSC unbinds between the parts of a multipart message', () => {
  const longText = 'Evacuate to higher ground at once and do not return to the coast. '.repeat(3)
  const partOf = (submit: Submit | undefined) => submit?.fields.short_message[6]
  const referenceOf = (submit: Submit | undefined) => submit?.fields.short_message.readUInt16BE(3)

  /** Takes the first part, and says with its answer that it unbinds; after that all is well. */
  function leavingSmsc() {
    let taken = 0
    return scriptedSmsc((submit, connection) => {
      acceptAndDeliver(connection, submit, `m${++taken}`)
      if (taken === 1) connection.send({ command: 'unbind', sequence: 77 })
    })
  }

  it('the whole text goes out again over the next bind, with the same reference, and the message is delivered', async () => {
    bench = await dispatchBench()
    const smsc = await leavingSmsc()
    const id = await bench.broadcast(3, { text: longText })
    await bench.dispatch(testProfile(smsc.port, ['window: 1']))
    await bench.until(id, { delivered: 3 })
    const [first, ...rest] = smsc.submits
    expect(smsc.submits.map(partOf)).toEqual([1, 1, 2, 1, 2, 1, 2])
    const again = rest.filter(({ fields }) => fields.destination_addr === first?.fields.destination_addr)
    expect(again.map(partOf)).toEqual([1, 2])
    expect(new Set([first, ...again].map(referenceOf)).size).toBe(1)
    expect(smsc.peer.connections[0]?.all('submit_sm')).toHaveLength(1)
    expect(smsc.peer.connections[0]?.all('unbind_resp')).toHaveLength(1)
    expect(smsc.peer.connections[0]?.all('deliver_sm_resp')).toHaveLength(1)
    await smsc.close()
  })

  it('where the alert says keep, that one message is uncertain and the others are sent', async () => {
    bench = await dispatchBench()
    const smsc = await leavingSmsc()
    const id = await bench.broadcast(3, { text: longText, resend: false })
    await bench.dispatch(testProfile(smsc.port, ['window: 1']))
    await bench.until(id, { uncertain: 1, delivered: 2 })
    expect(smsc.submits.map(partOf)).toEqual([1, 1, 2, 1, 2])
    await smsc.close()
  })
})
