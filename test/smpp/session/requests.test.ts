import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Pdu } from '../../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../../src/smpp/codec/status.ts'
import type { SessionRequest } from '../../../src/smpp/session/requests.ts'
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

const query = (message_id: string): SessionRequest => ({
  command: 'query_sm',
  fields: { message_id, source_addr: '82232100404' },
})

/** Makes a request and notes every answer. */
function ask(request: SessionRequest): (Pdu | undefined)[] {
  const answers: (Pdu | undefined)[] = []
  client.link.session?.request(request, (response) => {
    answers.push(response)
    peer.changed()
  })
  return answers
}

describe('a request besides submit_sm', () => {
  it.each<[SessionRequest, Omit<Pdu, 'sequence'> | object]>([
    [query('m1'), { fields: { message_id: 'm1', message_state: 2 } }],
    [{ command: 'cancel_sm', fields: { message_id: 'm1' } }, {}],
    [{ command: 'replace_sm', fields: { message_id: 'm1', short_message: Buffer.from('new') } }, {}],
    [{ command: 'data_sm', fields: { destination_addr: '8210' } }, { fields: { message_id: 'd7' } }],
  ])('%o goes out and is answered with its response', async (request, response) => {
    await bound()
    const answers = ask(request)
    await peer.until(() => peer.last.all(request.command).length === 1)
    const { sequence, fields } = peer.last.all(request.command)[0] as Pdu
    expect(fields).toMatchObject(request.fields as object)
    peer.last.send({ command: `${request.command}_resp`, sequence, ...response } as never)
    await peer.until(() => answers.length === 1)
    expect(answers[0]).toMatchObject({ command: `${request.command}_resp`, status: 0, ...response })
  })

  it('is answered with an error status and with a generic_nack too', async () => {
    await bound()
    const answers = [ask(query('m1')), ask(query('m2')), ask(query('m3'))]
    await peer.until(() => peer.last.all('query_sm').length === 3)
    peer.last.send(
      { command: 'query_sm_resp', status: commandStatus.ESME_RQUERYFAIL, sequence: 2 },
      { command: 'generic_nack', status: commandStatus.ESME_RINVCMDID, sequence: 3 },
      // Without a status it is no acceptance.
      { command: 'generic_nack', sequence: 4 },
    )
    await peer.until(() => answers.every(({ length }) => length === 1))
    expect(answers.map(([answer]) => answer?.status)).toEqual([0x67, 0x03, 0xff])
  })

  it('takes no place in the window and does not hold submits back', async () => {
    const made = await bound()
    const answers = Array.from({ length: 10 }, (_, i) => ask(query(`m${i}`)))
    expect(made.link.session?.free).toBe(4)
    made.submit('a', 'b', 'c', 'd')
    expect(made.link.session?.free).toBe(0)
    const late = ask(query('late'))
    await peer.until(() => peer.last.all('query_sm').length === 11)
    peer.last.accept(...peer.last.all('submit_sm').map(({ sequence }) => sequence))
    await peer.until(() => made.answers.length === 4)
    expect([...answers.flat(), ...late]).toEqual([])
  })

  it('is given up after the response timer; an answer that comes later is ignored', async () => {
    const made = await bound({ timers: { enquireLinkMs: 60_000, responseMs: 150 } })
    const answers = ask(query('m1'))
    await peer.until(() => answers.length === 1)
    expect(answers).toEqual([undefined])
    peer.last.send({ command: 'query_sm_resp', sequence: 2 }, { command: 'enquire_link', sequence: 77 })
    await peer.until(() => peer.last.all('enquire_link_resp').length === 1)
    expect(answers).toEqual([undefined])
    expect(made.ends).toEqual([])
  })

  it('is given up when the connection is lost', async () => {
    await bound()
    const answers = [ask(query('m1')), ask({ command: 'cancel_sm', fields: { message_id: 'm2' } })]
    await peer.until(() => peer.last.all('cancel_sm').length === 1)
    peer.last.socket.resetAndDestroy()
    await peer.until(() => answers.every(({ length }) => length === 1))
    expect(answers).toEqual([[undefined], [undefined]])
  })

  it('is given up at once where a hundred are unanswered, and taken again when one of them is answered', async () => {
    await bound()
    const answers = Array.from({ length: 100 }, (_, i) => ask(query(`m${i}`)))
    expect(answers.flat()).toEqual([])
    expect(ask(query('one too many'))).toEqual([undefined])
    await peer.until(() => peer.last.all('query_sm').length === 100)
    peer.last.send({ command: 'query_sm_resp', sequence: peer.last.all('query_sm')[50]?.sequence as number })
    await peer.until(() => answers[50]?.length === 1)
    expect(ask(query('the next'))).toEqual([])
    await peer.until(() => peer.last.all('query_sm').length === 101)
  })

  it('is answered by no response of another command, nor twice', async () => {
    await bound()
    const answers = ask(query('m1'))
    await peer.until(() => peer.last.all('query_sm').length === 1)
    peer.last.send(
      { command: 'cancel_sm_resp', sequence: 2 },
      { command: 'submit_sm_resp', sequence: 2, fields: { message_id: 'x' } },
      { command: 'query_sm_resp', sequence: 99 },
      { command: 'query_sm_resp', sequence: 2, fields: { message_state: 2 } },
      { command: 'query_sm_resp', sequence: 2, fields: { message_state: 5 } },
      { command: 'enquire_link', sequence: 77 },
    )
    await peer.until(() => peer.last.all('enquire_link_resp').length === 1)
    expect(answers).toMatchObject([{ command: 'query_sm_resp', fields: { message_state: 2 } }])
    expect(client.answers).toEqual([])
  })

  it('whose field does not fit is given up, not thrown', async () => {
    await bound()
    expect(ask(query('x'.repeat(70)))).toEqual([undefined])
  })

  it('whose owner fails on the answer ends this bind, not the process', async () => {
    const made = await bound()
    made.link.session?.request(query('m1'), () => {
      throw new Error('a fault of the owner')
    })
    await peer.until(() => peer.last.all('query_sm').length === 1)
    peer.last.send({ command: 'query_sm_resp', sequence: 2 })
    await peer.until(() => made.ends.length === 1)
    expect(made.ends[0]?.end).toEqual({ kind: 'lost', reason: 'a fault of the owner' })
    await peer.until(() => made.bound === 2)
  })

  it('throws where the session is not bound', async () => {
    const made = await bound()
    const session = made.link.session
    peer.last.socket.destroy()
    await peer.until(() => made.ends.length === 1)
    expect(() => session?.request(query('m1'), () => undefined)).toThrow('a session that is closed')
  })

  it('is awaited before the bind is ended in good order', async () => {
    const made = await bound()
    const answers = ask(query('m1'))
    await peer.until(() => peer.last.all('query_sm').length === 1)
    const stopped = made.link.stop()
    peer.last.send({ command: 'enquire_link', sequence: 77 })
    await peer.until(() => peer.last.all('enquire_link_resp').length === 1)
    expect(peer.last.all('unbind')).toEqual([])
    peer.last.send({ command: 'query_sm_resp', sequence: 2, fields: { message_state: 2 } })
    await peer.until(() => peer.last.all('unbind').length === 1)
    peer.last.send({ command: 'unbind_resp', sequence: peer.last.all('unbind')[0]?.sequence as number })
    await stopped
    expect(answers).toHaveLength(1)
  })
})
