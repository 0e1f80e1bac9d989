import smpp from 'smpp'
import { afterEach, describe, expect, it } from 'vitest'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'

type Session = ReturnType<typeof smpp.connect>
type Answer = Parameters<Parameters<Session['unbind']>[0]>[0]

const open: { destroy(): unknown }[] = []
let smsc: Smsc | undefined

afterEach(async () => {
  for (const session of open.splice(0)) session.destroy()
  await smsc?.close()
})

function ask(call: (answered: (pdu: Answer) => void) => unknown): Promise<Answer> {
  return new Promise((resolve) => call(resolve))
}

describe('node-smpp as an ESME of the simulated SMSC', () => {
  it('binds, submits, gets receipts and unbinds', async () => {
    smsc = await startSmsc({ systemId: 'ministry', password: 'secret', receipts: { delayMs: 5 }, record: true })
    const session = smpp.connect({ host: '127.0.0.1', port: smsc.port })
    open.push(session)
    session.on('error', () => {})
    const receipts: Answer[] = []
    const everyReceipt = new Promise<void>((resolve) => {
      session.on('deliver_sm', (pdu: Answer) => {
        session.send(pdu.response())
        receipts.push(pdu)
        if (receipts.length === 50) resolve()
      })
    })
    const bound = await ask((answered) =>
      session.bind_transceiver({ system_id: 'ministry', password: 'secret' }, answered),
    )
    expect(bound).toMatchObject({ command: 'bind_transceiver_resp', command_status: 0, sc_interface_version: 0x34 })
    expect((await ask((answered) => session.enquire_link(answered))).command).toBe('enquire_link_resp')
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        ask((answered) =>
          session.submit_sm(
            { destination_addr: `8210${10000000 + i}`, short_message: 'Leave now', registered_delivery: 1 },
            answered,
          ),
        ),
      ),
    )
    await everyReceipt
    const ids = answers.map(({ message_id }) => message_id)
    expect(new Set(ids).size).toBe(50)
    expect(receipts.map(({ receipted_message_id }) => receipted_message_id)).toEqual(ids)
    expect(receipts[0]).toMatchObject({ esm_class: 4, message_state: 2, source_addr: '821010000000' })
    const query = await ask((answered) => session.query_sm({ message_id: ids[0] }, answered))
    expect(query).toMatchObject({ command_status: 0, message_id: ids[0], message_state: 2 })
    expect(smsc.recorded[0]?.shortMessage.toString()).toBe('Leave now')
    expect((await ask((answered) => session.unbind(answered))).command).toBe('unbind_resp')
    expect(smsc.stats()).toMatchObject({ submits: 50, receiptsAcknowledged: 50, malformed: 0, binds: 0 })
  })

  it('is told of a wrong password', async () => {
    smsc = await startSmsc({ password: 'secret' })
    const session = smpp.connect({ host: '127.0.0.1', port: smsc.port })
    open.push(session)
    session.on('error', () => {})
    const answer = await ask((answered) => session.bind_receiver({ system_id: 'x', password: 'wrong' }, answered))
    expect(answer).toMatchObject({ command: 'bind_receiver_resp', command_status: 0x0e })
  })
})
