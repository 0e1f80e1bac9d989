import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandName, commandId, isResponse } from '../../../src/smpp/codec/commands.ts'
import { encodePdu, type PduInput } from '../../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../../src/smpp/codec/status.ts'
import { Client, Peer } from './peer.ts'

let peer: Peer
let client: Client
beforeEach(async () => {
  peer = await Peer.listen()
})
afterEach(async () => {
  const stopped = client.link.stop()
  await peer.close()
  await stopped
})

async function bound(change: ConstructorParameters<typeof Client>[1] = {}): Promise<Client> {
  client = new Client(peer, change)
  await peer.until(() => client.bound === 1)
  return client
}

/** What has been received once an enquire_link that was sent last is answered: nothing more is to come. */
async function answersTo(...pdus: PduInput[]) {
  const before = peer.last.received.length
  peer.last.send(...pdus, { command: 'enquire_link', sequence: 0x7777 })
  await peer.until(() => peer.last.all('enquire_link_resp').some(({ sequence }) => sequence === 0x7777))
  return peer.last.received.slice(before, -1).map(({ command, status, sequence }) => [command, status, sequence])
}

const commands = Object.keys(commandId) as CommandName[]
/** What an SMSC may ask of an ESME. */
const forAnEsme: readonly CommandName[] = [
  'deliver_sm',
  'data_sm',
  'enquire_link',
  'unbind',
  'outbind',
  'alert_notification',
]
const receipt = (command: 'deliver_sm' | 'data_sm', sequence: number): PduInput => ({
  command,
  sequence,
  fields: { esm_class: 4, source_addr: '821012345678' },
  tlvs: { receipted_message_id: 'm1', message_state: 2 },
})

describe('a request that an ESME never gets', () => {
  it.each(commands.filter((command) => !isResponse(commandId[command]) && !forAnEsme.includes(command)))(
    '%s is answered with its own response and ESME_RINVBNDSTS',
    async (command) => {
      const made = await bound()
      const answers = await answersTo({ command, sequence: 41 } as PduInput)
      expect(answers).toEqual([[`${command}_resp`, commandStatus.ESME_RINVBNDSTS, 41]])
      expect(made.ends).toEqual([])
    },
  )

  it('and is damaged is answered with generic_nack and what is wrong', async () => {
    await bound()
    const frame = encodePdu({ command: 'query_sm', sequence: 41 }).subarray(0, 17)
    frame.writeUInt32BE(17, 0)
    peer.last.write(frame)
    expect(await answersTo()).toEqual([['generic_nack', commandStatus.ESME_RINVCMDLEN, 41]])
  })
})

describe('a response that nobody asked for', () => {
  it.each(commands.filter((command) => isResponse(commandId[command])))('%s is ignored', async (command) => {
    const made = await bound()
    made.submit('a')
    expect(await answersTo({ command, sequence: 4711 } as PduInput)).toEqual([
      // What had been submitted before.
      ['submit_sm', 0, 2],
    ])
    expect([made.answers, made.ends, made.link.session?.mode]).toEqual([[], [], 'bound'])
  })

  it('of an unknown command is ignored', async () => {
    await bound()
    const frame = encodePdu({ command: 'enquire_link_resp', sequence: 6 })
    frame.writeUInt32BE(0x80000777, 4)
    peer.last.write(frame)
    expect(await answersTo()).toEqual([])
  })
})

describe('what has no response', () => {
  it('alert_notification is handed up and not answered', async () => {
    const made = await bound()
    const fields = { source_addr: '821012345678', esme_addr: '82232100404' }
    expect(await answersTo({ command: 'alert_notification', sequence: 12, fields })).toEqual([])
    expect(made.alerts).toMatchObject([{ fields, sequence: 12 }])
  })

  it('outbind is not answered: we are here already', async () => {
    const made = await bound()
    expect(await answersTo({ command: 'outbind', sequence: 12, fields: { system_id: 'smsc' } })).toEqual([])
    expect(made.link.session?.mode).toBe('bound')
  })
})

describe('deliveries where none may come', () => {
  it.each(['deliver_sm', 'data_sm'] as const)('%s on a transmitter is refused, not handed up', async (command) => {
    const made = await bound({ kind: 'transmitter' })
    expect(await answersTo(receipt(command, 8))).toEqual([[`${command}_resp`, commandStatus.ESME_RINVBNDSTS, 8]])
    expect(made.deliveries).toEqual([])
  })

  it.each(['deliver_sm', 'data_sm'] as const)('%s before the bind is accepted is refused', async (command) => {
    peer.bindStatus = undefined
    client = new Client(peer)
    await peer.until(() => peer.connections.length === 1 && peer.last.received.length === 1)
    expect(await answersTo(receipt(command, 8))).toEqual([[`${command}_resp`, commandStatus.ESME_RINVBNDSTS, 8]])
    peer.last.send({ command: 'bind_transceiver_resp', sequence: 1 }, receipt(command, 9))
    await peer.until(() => client.deliveries.length === 1)
  })

  it('an alert_notification on a transmitter is not handed up', async () => {
    const made = await bound({ kind: 'transmitter' })
    expect(await answersTo({ command: 'alert_notification', sequence: 12 })).toEqual([])
    expect(made.alerts).toEqual([])
  })

  it('are still taken while answers are awaited after the peer`s unbind', async () => {
    const made = await bound()
    made.submit('a')
    await peer.until(() => peer.last.all('submit_sm').length === 1)
    peer.last.send({ command: 'unbind', sequence: 9 }, receipt('deliver_sm', 10))
    await peer.until(() => made.deliveries.length === 1)
    made.deliveries[0]?.acknowledge(0)
    await peer.until(() => peer.last.all('deliver_sm_resp').length === 1)
    peer.last.accept(2)
    await peer.until(() => made.ends.length === 1)
  })
})

describe('a damaged delivery', () => {
  it.each(['deliver_sm', 'data_sm'] as const)(
    '%s is refused for good, so that it does not come again',
    async (command) => {
      const made = await bound()
      const frame = encodePdu({ command, sequence: 41, fields: { source_addr: '821012345678' } }).subarray(0, 24)
      frame.writeUInt32BE(24, 0)
      peer.last.write(frame)
      expect(await answersTo()).toEqual([[`${command}_resp`, commandStatus.ESME_RX_P_APPN, 41]])
      expect(made.deliveries).toEqual([])
    },
  )
})

describe('generic_nack', () => {
  it('to the bind request is a refusal, also where it carries no error', async () => {
    peer.bindStatus = undefined
    client = new Client(peer)
    await peer.until(() => peer.connections.length === 1 && peer.last.received.length === 1)
    peer.last.send({ command: 'generic_nack', sequence: 1 })
    await peer.until(() => client.ends.length === 1)
    expect(client.ends[0]?.end).toEqual({ kind: 'refused', status: commandStatus.ESME_RUNKNOWNERR })
    expect(client.bound).toBe(0)
  })

  it('to a submit_sm is no acceptance, also where it carries no error', async () => {
    const made = await bound()
    made.submit('a')
    await peer.until(() => peer.last.all('submit_sm').length === 1)
    peer.last.send({ command: 'generic_nack', sequence: 2 })
    await peer.until(() => made.answers.length === 1)
    expect(made.answers[0]).toMatchObject({ context: 'a', status: commandStatus.ESME_RUNKNOWNERR })
  })
})

describe('congestion_state', () => {
  it('is handed up before the answer that carries it, with and without a message_id', async () => {
    const made = await bound()
    made.submit('a', 'b', 'c')
    await peer.until(() => peer.last.all('submit_sm').length === 3)
    peer.last.send(
      { command: 'submit_sm_resp', sequence: 2, fields: { message_id: 'm2' }, tlvs: { congestion_state: 42 } },
      { command: 'submit_sm_resp', status: 0x58, sequence: 3, tlvs: { congestion_state: 100 } },
      { command: 'submit_sm_resp', sequence: 4, fields: { message_id: 'm4' } },
    )
    await peer.until(() => made.answers.length === 3)
    expect(made.congestion).toEqual([42, 100])
    expect(made.answers.map(({ id, status }) => [id, status])).toEqual([
      ['m2', 0],
      ['', 0x58],
      ['m4', 0],
    ])
  })

  it('is taken from any other response', async () => {
    const made = await bound()
    made.link.session?.request({ command: 'data_sm' }, () => undefined)
    await peer.until(() => peer.last.all('data_sm').length === 1)
    peer.last.send(
      { command: 'data_sm_resp', sequence: 2, fields: { message_id: 'm2' }, tlvs: { congestion_state: 90 } },
      { command: 'enquire_link_resp', sequence: 99, tlvs: { congestion_state: 3 } },
    )
    await peer.until(() => made.congestion.length === 2)
    expect(made.congestion).toEqual([90, 3])
  })
})

describe('versions', () => {
  it('asks for 3.4 unless told 5.0, and keeps what the SMSC says', async () => {
    peer.bindStatus = undefined
    client = new Client(peer, { interfaceVersion: 0x50 })
    await peer.until(() => peer.connections.length === 1 && peer.last.received.length === 1)
    expect(peer.last.all('bind_transceiver')[0]?.fields.interface_version).toBe(0x50)
    peer.last.send({ command: 'bind_transceiver_resp', sequence: 1, tlvs: { sc_interface_version: 0x50 } })
    await peer.until(() => client.bound === 1)
    expect(client.link.session?.peerVersion).toBe(0x50)
  })

  it('knows none of an SMSC that says nothing', async () => {
    const made = await bound()
    expect(peer.last.all('bind_transceiver')[0]?.fields.interface_version).toBe(0x34)
    expect(made.link.session?.peerVersion).toBeUndefined()
  })
})

describe('sequence numbers', () => {
  it('go from 0x7fffffff to 1, for submits and other requests alike', async () => {
    // The bind has 0x7ffffffd.
    const made = await bound({ firstSequence: 0x7ffffffd, window: 8 })
    made.submit('a')
    made.link.session?.request({ command: 'query_sm' }, () => undefined)
    made.submit('b', 'c', 'd')
    await peer.until(() => peer.last.all('submit_sm').length === 4)
    expect(peer.last.received.map(({ sequence }) => sequence)).toEqual([0x7ffffffd, 0x7ffffffe, 0x7fffffff, 1, 2, 3])
    peer.last.accept(1, 0x7ffffffe)
    await peer.until(() => made.answers.length === 2)
    expect(made.answers.map(({ context }) => context)).toEqual(['b', 'a'])
  })

  it('begin where they are told to, 1 by default', async () => {
    await bound()
    expect(peer.last.received[0]?.sequence).toBe(1)
  })
})
