import smpp from 'smpp'
import { type Pushing, type PushOptions, servePushes } from './pusher.ts'
import { Ticks } from './ticks.ts'

/**
 * The peer: the smpp library (node-smpp 0.5.1) driven by hand as a careful script would, with noDelay, its own window, and each
 * receipt acknowledged, read and ticked off. It keeps nothing.
 */
async function bindAll(options: PushOptions): Promise<Pushing> {
  const { window, text, source } = options
  const ticks = new Ticks()
  let next = options.firstDestination
  let left = 0
  const slots = await Promise.all(
    Array.from({ length: options.binds }, async () => ({ session: await bind(options), open: 0 })),
  )
  const fill = (slot: (typeof slots)[number]) => {
    while (left > 0 && slot.open < window) {
      left--
      slot.open++
      const destination_addr = String(next++)
      slot.session.submit_sm(
        { source_addr: source, destination_addr, registered_delivery: 1, short_message: text },
        (response) => {
          slot.open--
          if (response.command_status !== 0) throw new Error(`submit_sm refused with ${response.command_status}`)
          ticks.accepted(response.message_id, destination_addr)
          fill(slot)
        },
      )
    }
  }
  for (const { session } of slots) {
    session.on('deliver_sm', (pdu: Delivered) => {
      session.send(pdu.response())
      const id = /id:(\S+)/.exec(pdu.short_message.message)?.[1]
      const state = /stat:(\S+)/.exec(pdu.short_message.message)?.[1]
      if (id !== undefined && state === 'DELIVRD') ticks.reported(id)
    })
  }
  return {
    push(messages) {
      const done = ticks.expect(messages)
      left = messages
      for (const slot of slots) fill(slot)
      return done
    },
    async close() {
      await Promise.all(
        slots.map(({ session }) => new Promise<void>((resolve) => session.unbind(() => session.close(resolve)))),
      )
    },
  }
}

type Session = ReturnType<typeof smpp.connect>

interface Delivered {
  short_message: { message: string }
  response(): Parameters<Session['send']>[0]
}

function bind({ port, systemId, password }: PushOptions): Promise<Session> {
  return new Promise((resolve, reject) => {
    const session = smpp.connect({ host: '127.0.0.1', port }, () => {
      ;(session as unknown as { socket: { setNoDelay(on: boolean): void } }).socket.setNoDelay(true)
      session.bind_transceiver({ system_id: systemId, password }, (pdu) => {
        if (pdu.command_status === 0) resolve(session)
        else reject(new Error(`node-smpp: bind refused with ${pdu.command_status}`))
      })
    })
    session.on('error', reject)
  })
}

await servePushes(bindAll)
