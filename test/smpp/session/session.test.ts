import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodePdu, type PduInput } from '../../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../../src/smpp/codec/status.ts'
import { submitTemplate } from '../../../src/smpp/codec/submit-template.ts'
import { describeEnd } from '../../../src/smpp/session/state.ts'
import { Client, Peer, submitResp } from './peer.ts'

let peer: Peer
let client: Client | undefined
beforeEach(async () => {
  peer = await Peer.listen()
})
afterEach(async () => {
  const stopped = client?.link.stop()
  await peer.close()
  await stopped
  client = undefined
})

/** A bound client. */
async function bound(...[change]: ConstructorParameters<typeof Client> extends [Peer, (infer C)?] ? [C?] : never) {
  const made = new Client(peer, change ?? {})
  client = made
  await peer.until(() => made.bound === 1)
  return made
}

const quick = { timers: { enquireLinkMs: 150, responseMs: 150 } }

const receipt: PduInput = {
  command: 'deliver_sm',
  sequence: 71,
  fields: { esm_class: 4, source_addr: '821012345678', short_message: Buffer.from('id:m1 stat:DELIVRD err:000') },
}

describe('binding', () => {
  it.each(['transceiver', 'transmitter', 'receiver'] as const)('binds as a %s with its credentials', async (kind) => {
    const made = await bound({ kind, systemType: 'ALERT' })
    expect(peer.last.received[0]).toMatchObject({
      command: `bind_${kind}`,
      fields: { system_id: 'bongsu', password: 'secret', system_type: 'ALERT', interface_version: 0x34 },
    })
    expect(made.link.session?.free).toBe(kind === 'receiver' ? 0 : 4)
  })

  it('stops at a wrong password: trying again cannot help', async () => {
    peer.bindStatus = commandStatus.ESME_RINVPASWD
    client = new Client(peer)
    await peer.until(() => client?.ends.length === 1)
    expect(client.ends[0]).toMatchObject({ end: { kind: 'refused', status: 0x0e }, retryInMs: undefined })
    expect(describeEnd(client.ends[0]?.end as never)).toBe('bind refused with ESME_RINVPASWD')
  })

  it('gives up an SMSC that does not answer the bind, and tries the next address', async () => {
    peer.bindStatus = undefined
    const other = await Peer.listen()
    const { changed } = other
    const address = (port: number) => ({ host: '127.0.0.1', port, tls: false })
    client = new Client(other, { ...quick, addresses: [address(peer.port), address(other.port)] })
    await other.until(() => client?.bound === 1)
    expect(client.ends[0]?.end).toEqual({ kind: 'lost', reason: 'no answer to the bind request' })
    changed()
    await client.link.stop()
    await other.close()
  })

  it('gives up an SMSC that talks but never answers the bind', async () => {
    peer.bindStatus = undefined
    client = new Client(peer, quick)
    await peer.until(() => peer.connections.length === 1)
    let sequence = 0
    const chatter = setInterval(() => peer.last.send({ command: 'enquire_link', sequence: ++sequence }), 20)
    await peer.until(() => client?.ends.length === 1)
    clearInterval(chatter)
    expect(client.ends[0]?.end).toEqual({ kind: 'lost', reason: 'no answer to the bind request' })
  })

  it('takes frames that come split and glued', async () => {
    const made = await bound()
    made.submit('a', 'b')
    await peer.until(() => peer.last.all('submit_sm').length === 2)
    const glued = Buffer.concat([submitResp(2), submitResp(3), receipt].map((pdu) => encodePdu(pdu)))
    for (const octet of glued.subarray(0, 40)) {
      peer.last.write(Buffer.from([octet]))
      await new Promise(setImmediate)
    }
    peer.last.write(glued.subarray(40))
    await peer.until(() => made.deliveries.length === 1)
    expect(made.answers.map(({ context, id }) => [context, id])).toEqual([
      ['a', 'm2'],
      ['b', 'm3'],
    ])
  })
})

describe('the window', () => {
  it('has no room beyond its limit until an answer comes', async () => {
    const made = await bound()
    made.submit('a', 'b', 'c', 'd')
    expect(made.link.session?.free).toBe(0)
    expect(() => made.submit('e')).toThrow('no room')
    await peer.until(() => peer.last.all('submit_sm').length === 4)
    const rooms = made.rooms
    peer.last.accept(2)
    await peer.until(() => made.answers.length === 1)
    expect(made.link.session?.free).toBe(1)
    await expect.poll(() => made.rooms).toBeGreaterThan(rooms)
  })

  it('gives out the one whose response is missing while others are answered; its place stays taken, its late answer counts', async () => {
    const made = await bound(quick)
    made.submit('a')
    for (let sequence = 3; made.unanswered.length === 0; sequence++) {
      made.submit(`${sequence}`)
      await peer.until(() => peer.last.all('submit_sm').some((pdu) => pdu.sequence === sequence))
      peer.last.accept(sequence)
      await peer.until(() => made.answers.length === sequence - 2)
    }
    expect(made.unanswered).toEqual(['a'])
    expect(made.link.session?.free).toBe(3)
    peer.last.accept(2)
    await peer.until(() => made.answers.at(-1)?.context === 'a')
    expect(made.answers.at(-1)).toEqual({ context: 'a', status: 0, id: 'm2', late: true })
    expect(made.link.session?.free).toBe(4)
    expect(made.ends).toEqual([])
  })

  it('of which more than a quarter of the window never comes ends the bind in good order, and the next has all its places', async () => {
    const made = await bound(quick)
    made.submit('a', 'b')
    for (let sequence = 4; made.unanswered.length < 2; sequence++) {
      made.submit(`${sequence}`)
      await peer.until(() => peer.last.all('submit_sm').some((pdu) => pdu.sequence === sequence))
      peer.last.accept(sequence)
      await peer.until(() => made.answers.length === sequence - 3)
    }
    await peer.until(() => peer.last.all('unbind').length === 1)
    peer.last.send({ command: 'unbind_resp', sequence: peer.last.all('unbind')[0]?.sequence ?? 0 })
    await peer.until(() => made.bound === 2)
    expect(made.ends.map(({ end }) => end.kind)).toEqual(['unbound'])
    expect(made.link.session?.free).toBe(4)
  })

  it('of which nothing is answered for two response times ends the bind; the next is given twice as long', async () => {
    const made = await bound({ timers: { enquireLinkMs: 60_000, responseMs: 150 } })
    const waited = (end: number) => (made.ends[end]?.end as { waitedMs?: number } | undefined)?.waitedMs
    made.submit('a', 'b')
    await peer.until(() => made.ends.length === 1)
    expect(made.ends[0]).toMatchObject({ end: { kind: 'silent' }, handedBack: ['a', 'b'] })
    expect(waited(0)).toBeGreaterThanOrEqual(300)
    await peer.until(() => made.bound === 2)
    made.submit('a')
    await peer.until(() => made.ends.length === 2)
    expect(waited(1)).toBeGreaterThanOrEqual(600)
    expect(made.unanswered).toEqual([])
  })

  it('hands back what is unanswered when the connection is cut, and binds again', async () => {
    const made = await bound()
    made.submit('a', 'b')
    await peer.until(() => peer.last.all('submit_sm').length === 2)
    peer.last.accept(2)
    await peer.until(() => made.answers.length === 1)
    peer.last.socket.resetAndDestroy()
    await peer.until(() => made.ends.length === 1)
    expect(made.ends[0]?.handedBack).toEqual(['b'])
    await peer.until(() => made.bound === 2)
    // The next session goes on from the last number: no late answer can be taken for another's.
    expect(peer.last.received[0]?.sequence).toBe(4)
  })

  it('takes a generic_nack as the answer of the request that it names', async () => {
    const made = await bound()
    made.submit('a', 'b')
    await peer.until(() => peer.last.all('submit_sm').length === 2)
    peer.last.send({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDLEN, sequence: 3 })
    await peer.until(() => made.answers.length === 1)
    expect(made.answers[0]).toMatchObject({ context: 'b', status: 2, late: false })
  })

  it('has no room while the socket pushes back, and says when there is some', async () => {
    const made = await bound({ window: 2000 })
    peer.last.socket.pause()
    // 10 kB each: more than the kernel keeps.
    const big = submitTemplate({ fields: {}, tlvs: { message_payload: Buffer.alloc(10_000) } })
    let sent = 0
    for (let session = made.link.session; session && session.free > 0; sent++) {
      session.submit(big, '821012345678', `${sent}`)
      session.flush()
      if (sent % 100 === 0) await new Promise(setImmediate)
    }
    expect(sent).toBeLessThan(2000)
    const rooms = made.rooms
    peer.last.socket.resume()
    await peer.until(() => peer.last.all('submit_sm').length === sent)
    await expect.poll(() => made.rooms).toBeGreaterThan(rooms)
    expect(made.link.session?.free).toBe(2000 - sent)
  })
})

describe('the life of a session', () => {
  it('answers enquire_link', async () => {
    await bound()
    peer.last.send({ command: 'enquire_link', sequence: 5 })
    await peer.until(() => peer.last.all('enquire_link_resp').length === 1)
    expect(peer.last.all('enquire_link_resp')[0]?.sequence).toBe(5)
  })

  it('asks a silent SMSC, stays while it answers, and leaves the half-open connection when it does not', async () => {
    const made = await bound(quick)
    await peer.until(() => peer.last.all('enquire_link').length === 1)
    peer.last.send({ command: 'enquire_link_resp', sequence: peer.last.all('enquire_link')[0]?.sequence as number })
    await peer.until(() => peer.last.all('enquire_link').length === 2)
    expect(made.ends).toEqual([])
    made.submit('a')
    await peer.until(() => made.ends.length === 1)
    expect(made.ends[0]?.end).toEqual({ kind: 'lost', reason: expect.stringContaining('half open') })
    await peer.until(() => made.bound === 2)
  })

  it("answers the peer's unbind though answers are missing, still takes them, and binds again", async () => {
    const made = await bound()
    made.submit('a', 'b')
    await peer.until(() => peer.last.all('submit_sm').length === 2)
    const first = peer.last
    first.send({ command: 'unbind', sequence: 9 })
    await peer.until(() => first.all('unbind_resp').length === 1)
    expect(made.link.session).toBeUndefined()
    first.accept(2, 3)
    await peer.until(() => made.ends.length === 1)
    expect(made.answers.map(({ context }) => context)).toEqual(['a', 'b'])
    expect(made.ends[0]).toMatchObject({ end: { kind: 'unbound' }, handedBack: [] })
    expect(first.all('unbind')).toEqual([])
    await peer.until(() => made.bound === 2)
  })

  it("takes the answers under way before it answers the peer's unbind: many an SMSC closes then", async () => {
    const made = await bound()
    made.submit('a')
    await peer.until(() => peer.last.all('submit_sm').length === 1)
    const first = peer.last
    first.send({ command: 'unbind', sequence: 9 }, { command: 'enquire_link', sequence: 10 })
    await peer.until(() => first.all('enquire_link_resp').length === 1)
    expect(first.all('unbind_resp')).toEqual([])
    first.accept(2)
    await peer.until(() => first.all('unbind_resp').length === 1)
    await peer.until(() => made.ends.length === 1)
    expect(made.ends[0]).toMatchObject({ end: { kind: 'unbound' }, handedBack: [] })
  })

  it("answers the peer's unbind after the deliveries that came before it", async () => {
    const made = await bound()
    const first = peer.last
    first.send(receipt, { ...receipt, sequence: 72 } as PduInput, { command: 'unbind', sequence: 73 })
    await peer.until(() => made.deliveries.length === 2)
    expect(made.link.session).toBeUndefined()
    made.deliveries[0]?.acknowledge(0)
    first.send({ command: 'enquire_link', sequence: 74 })
    await peer.until(() => first.all('enquire_link_resp').length === 1)
    expect(first.all('unbind_resp')).toEqual([])
    made.deliveries[1]?.acknowledge(0)
    await peer.until(() => made.ends.length === 1)
    const said = first.received.map(({ command, sequence }) => `${command} ${sequence}`)
    expect(said.slice(-2)).toEqual(['deliver_sm_resp 72', 'unbind_resp 73'])
    await peer.until(() => made.bound === 2)
  })

  it("takes a receipt that was on its way when it answered the peer's unbind", async () => {
    const made = await bound()
    const first = peer.last
    first.send({ command: 'unbind', sequence: 9 })
    await peer.until(() => first.all('unbind_resp').length === 1)
    first.send(receipt)
    await peer.until(() => made.deliveries.length === 1)
    made.deliveries[0]?.acknowledge(0)
    await peer.until(() => made.ends.length === 1)
    expect(made.ends[0]).toMatchObject({ end: { kind: 'unbound' } })
    expect(first.all('deliver_sm_resp')).toEqual([])
  })

  it('stopped, it acknowledges what was delivered by then before it unbinds, and does not wait for more', async () => {
    const made = await bound()
    peer.last.send(receipt)
    await peer.until(() => made.deliveries.length === 1)
    const stopped = made.link.stop()
    peer.last.send({ ...receipt, sequence: 72 } as PduInput, { command: 'enquire_link', sequence: 73 })
    await peer.until(() => peer.last.all('enquire_link_resp').length === 1)
    expect(peer.last.all('unbind')).toEqual([])
    made.deliveries[0]?.acknowledge(0)
    await peer.until(() => peer.last.all('unbind').length === 1)
    made.deliveries[1]?.acknowledge(0)
    peer.last.send({ command: 'unbind_resp', sequence: peer.last.all('unbind')[0]?.sequence as number })
    await stopped
    await peer.until(() => peer.last.closed)
    expect(peer.last.all('deliver_sm_resp').map(({ sequence }) => sequence)).toEqual([71, 72])
  })

  it('stopped, it waits for the answers under way, then unbinds and closes for good', async () => {
    const made = await bound()
    made.submit('a')
    await peer.until(() => peer.last.all('submit_sm').length === 1)
    const stopped = made.link.stop()
    await new Promise(setImmediate)
    expect(peer.last.all('unbind')).toEqual([])
    peer.last.accept(2)
    await peer.until(() => peer.last.all('unbind').length === 1)
    peer.last.send({ command: 'unbind_resp', sequence: peer.last.all('unbind')[0]?.sequence as number })
    await stopped
    expect(made.answers).toHaveLength(1)
    expect(made.ends).toEqual([{ end: { kind: 'unbound' }, handedBack: [], retryInMs: undefined }])
  })

  it('stopped, it does not wait for ever for an SMSC that answers neither submit_sm nor unbind', async () => {
    const made = await bound(quick)
    made.submit('a')
    await peer.until(() => peer.last.all('submit_sm').length === 1)
    await made.link.stop()
    expect(made.ends).toMatchObject([{ handedBack: ['a'] }])
  })
})

describe('what cannot be read', () => {
  it('is refused for good when it is one delivery, and the stream goes on', async () => {
    const made = await bound()
    // A deliver_sm that ends inside its mandatory fields.
    const damaged = encodePdu({ ...receipt, sequence: 33 } as PduInput).subarray(0, 30)
    damaged.writeUInt32BE(30, 0)
    peer.last.write(Buffer.concat([damaged, encodePdu(receipt)]))
    await peer.until(() => made.deliveries.length === 1 && peer.last.all('deliver_sm_resp').length === 1)
    expect(peer.last.all('deliver_sm_resp')[0]).toMatchObject({ sequence: 33, status: commandStatus.ESME_RX_P_APPN })
    expect(made.ends).toEqual([])
  })

  it('is nacked when its command is unknown', async () => {
    await bound()
    const unknown = Buffer.alloc(16)
    unknown.writeUInt32BE(16, 0)
    unknown.writeUInt32BE(0x00000777, 4)
    unknown.writeUInt32BE(8, 12)
    peer.last.write(unknown)
    await peer.until(() => peer.last.all('generic_nack').length === 1)
    expect(peer.last.all('generic_nack')[0]).toMatchObject({ sequence: 8, status: commandStatus.ESME_RINVCMDID })
  })

  it('closes the connection when the stream is out of step: what is unanswered comes back, and it binds again', async () => {
    const made = await bound()
    made.submit('a')
    await peer.until(() => peer.last.all('submit_sm').length === 1)
    peer.last.write(Buffer.from([0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8]))
    await peer.until(() => made.ends.length === 1)
    expect(made.ends[0]).toMatchObject({ end: { reason: expect.stringContaining('out of step') }, handedBack: ['a'] })
    await peer.until(() => made.bound === 2)
  })
})

describe('deliveries', () => {
  it('are answered when they are acknowledged, not before', async () => {
    const made = await bound()
    peer.last.send(receipt)
    await peer.until(() => made.deliveries.length === 1)
    peer.last.send({ command: 'enquire_link', sequence: 5 })
    await peer.until(() => peer.last.all('enquire_link_resp').length === 1)
    expect(peer.last.all('deliver_sm_resp')).toEqual([])
    made.deliveries[0]?.acknowledge(0)
    await peer.until(() => peer.last.all('deliver_sm_resp').length === 1)
    expect(peer.last.all('deliver_sm_resp')[0]).toMatchObject({ sequence: 71, status: 0 })
  })

  it('as data_sm are answered by data_sm_resp', async () => {
    const made = await bound()
    peer.last.send({
      command: 'data_sm',
      sequence: 44,
      fields: { esm_class: 4, source_addr: '821012345678' },
      tlvs: { receipted_message_id: 'm1', message_state: 2 },
    })
    await peer.until(() => made.deliveries.length === 1)
    expect(made.deliveries[0]?.delivery).toMatchObject({ receiptedMessageId: 'm1', messageState: 2 })
    made.deliveries[0]?.acknowledge(0)
    await peer.until(() => peer.last.all('data_sm_resp').length === 1)
    expect(peer.last.all('data_sm_resp')[0]).toMatchObject({ sequence: 44, status: 0 })
  })

  it('acknowledged after the session ended do no harm to the next', async () => {
    const made = await bound()
    peer.last.send(receipt)
    await peer.until(() => made.deliveries.length === 1)
    peer.last.socket.destroy()
    await peer.until(() => made.bound === 2)
    made.deliveries[0]?.acknowledge(0)
    peer.last.send({ command: 'enquire_link', sequence: 5 })
    await peer.until(() => peer.last.all('enquire_link_resp').length === 1)
    expect(peer.last.all('deliver_sm_resp')).toEqual([])
    expect(made.ends).toHaveLength(1)
  })
})
