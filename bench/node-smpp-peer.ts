import smpp from 'smpp'

export interface PeerOptions {
  readonly port: number
  readonly systemId: string
  readonly password: string
  readonly messages: number
  readonly binds: number
  readonly window: number
}

/**
 * The peer: the smpp library (node-smpp 0.5.1) driven by hand as a careful script would, with noDelay, the same binds and window,
 * receipts acknowledged as they come. It keeps nothing. Returns messages per second from the first submit_sm to the last receipt.
 */
export async function pushByNodeSmpp(options: PeerOptions): Promise<number> {
  const { messages, binds } = options
  const sessions = await Promise.all(Array.from({ length: binds }, () => bind(options)))
  let submitted = 0
  let receipts = 0
  const started = performance.now()
  await new Promise<void>((resolve) => {
    const fill = (slot: { session: Session; open: number }) => {
      while (submitted < messages && slot.open < options.window) {
        slot.open++
        const destination_addr = String(821000000000 + submitted++)
        slot.session.submit_sm(
          {
            source_addr: '82232100404',
            destination_addr,
            registered_delivery: 1,
            short_message: 'Benchmark text of one segment.',
          },
          () => {
            slot.open--
            fill(slot)
          },
        )
      }
    }
    for (const session of sessions) {
      const slot = { session, open: 0 }
      session.on('deliver_sm', (pdu: { response(): Parameters<Session['send']>[0] }) => {
        session.send(pdu.response())
        if (++receipts === messages) resolve()
      })
      fill(slot)
    }
  })
  const seconds = (performance.now() - started) / 1000
  await Promise.all(
    sessions.map((session) => new Promise<void>((resolve) => session.unbind(() => session.close(resolve)))),
  )
  return messages / seconds
}

type Session = ReturnType<typeof smpp.connect>

function bind({ port, systemId, password }: PeerOptions): Promise<Session> {
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
