import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { commandId } from '../../src/smpp/codec/commands.ts'
import { Framer } from '../../src/smpp/codec/framer.ts'
import { decodePdu, encodePdu, type Pdu } from '../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../src/smpp/codec/status.ts'

/** A relay before an SMSC that sees with which password each bind comes, and may refuse it. */
export interface Relay {
  readonly port: number
  /** Of the binds asked for, in their order. */
  readonly passwords: readonly string[]
  /** submit_sm's by the password of their bind. */
  readonly submits: ReadonlyMap<string, number>
  /** Connections open now, and the fewest since `watch`. */
  readonly open: number
  readonly fewest: number
  readonly most: number
  /** Forgets what was fewest and most. */
  watch(): void
  /** From now on only these passwords are right; binds that stand, stand. */
  accept(...passwords: string[]): void
  close(): Promise<void>
}

type Bind = Pdu<'bind_transceiver' | 'bind_transmitter' | 'bind_receiver'>

const isBind = (pdu: Pdu | undefined): pdu is Bind =>
  pdu?.command === 'bind_transceiver' || pdu?.command === 'bind_transmitter' || pdu?.command === 'bind_receiver'

/** @param smscPassword with which binds are handed on, whatever theirs was. */
export async function startRelay(smscPort: number, smscPassword = 'secret'): Promise<Relay> {
  const passwords: string[] = []
  const submits = new Map<string, number>()
  const sockets = new Set<Socket>()
  let right: readonly string[] | undefined
  let [fewest, most] = [0, 0]
  const server = createServer((client) => {
    const upstream = connect(smscPort, '127.0.0.1')
    const framer = new Framer()
    let ownPassword = ''
    sockets.add(client)
    most = Math.max(most, sockets.size)
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => undefined)
    client.on('data', (chunk) => {
      framer.push(chunk)
      for (let frame = framer.next(); frame; frame = framer.next()) {
        const id = frame.readUInt32BE(4)
        if (id === commandId.submit_sm) submits.set(ownPassword, (submits.get(ownPassword) ?? 0) + 1)
        const pdu = id === commandId.submit_sm ? undefined : decodePdu(Buffer.from(frame))
        if (!isBind(pdu)) {
          // In two, so that `watchWire` does not take these for the engine's own.
          upstream.write(Buffer.from(frame.subarray(0, 8)))
          upstream.write(Buffer.from(frame.subarray(8)))
          continue
        }
        ownPassword = String(pdu.fields.password)
        passwords.push(ownPassword)
        if (right && !right.includes(ownPassword)) {
          const refusal = { status: commandStatus.ESME_RINVPASWD, sequence: pdu.sequence }
          client.end(encodePdu({ command: `${pdu.command}_resp`, ...refusal }))
          return
        }
        upstream.write(encodePdu({ ...pdu, fields: { ...pdu.fields, password: smscPassword } }))
      }
    })
    upstream.on('data', (chunk) => client.write(chunk))
    client.on('close', () => {
      sockets.delete(client)
      fewest = Math.min(fewest, sockets.size)
      upstream.destroy()
    })
    upstream.on('close', () => client.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    passwords,
    submits,
    get open() {
      return sockets.size
    },
    get fewest() {
      return fewest
    },
    get most() {
      return most
    },
    watch() {
      fewest = sockets.size
      most = sockets.size
    },
    accept(...passwords) {
      right = passwords
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
