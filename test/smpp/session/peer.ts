import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { Delivery } from '../../../src/smpp/codec/delivery.ts'
import { Framer } from '../../../src/smpp/codec/framer.ts'
import { decodePdu, encodePdu, type Pdu, type PduInput } from '../../../src/smpp/codec/pdu.ts'
import { type SubmitTemplate, submitTemplate } from '../../../src/smpp/codec/submit-template.ts'
import { Link, type LinkOptions } from '../../../src/smpp/session/link.ts'
import type { SessionEnd } from '../../../src/smpp/session/state.ts'

/** One connection of an SMSC that does only what the test says, except that it accepts a bind where `binds` is true. */
export class PeerConnection {
  readonly socket: Socket
  readonly received: Pdu[] = []
  closed = false

  constructor(socket: Socket, bindStatus: number | undefined, onChange: () => void) {
    this.socket = socket
    const framer = new Framer()
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
      onChange()
    })
    socket.on('data', (chunk: Buffer) => {
      framer.push(chunk)
      for (let frame = framer.next(); frame; frame = framer.next()) {
        const pdu = decodePdu(Buffer.from(frame))
        this.received.push(pdu)
        if (/^bind_(?!.*_resp)/.test(pdu.command) && bindStatus !== undefined)
          this.send({ command: `${pdu.command}_resp`, status: bindStatus, sequence: pdu.sequence } as PduInput)
      }
      onChange()
    })
  }

  send(...pdus: PduInput[]): void {
    this.write(Buffer.concat(pdus.map((pdu) => encodePdu(pdu))))
  }

  write(octets: Buffer): void {
    this.socket.write(octets)
  }

  all<C extends Pdu['command']>(command: C): Extract<Pdu, { command: C }>[] {
    return this.received.filter((pdu) => pdu.command === command) as Extract<Pdu, { command: C }>[]
  }

  /** Accepts the submit_sm's with these sequence numbers, each with the id `m<sequence>`. */
  accept(...sequences: number[]): void {
    this.send(...sequences.map((sequence) => submitResp(sequence)))
  }
}

export const submitResp = (sequence: number, status = 0): PduInput =>
  status === 0
    ? { command: 'submit_sm_resp', sequence, fields: { message_id: `m${sequence}` } }
    : { command: 'submit_sm_resp', status, sequence }

/** A scripted SMSC. */
export class Peer {
  readonly connections: PeerConnection[] = []
  /** command_status of bind responses; undefined: none is sent. */
  bindStatus: number | undefined = 0
  readonly #server: Server
  #waiting: (() => void)[] = []

  private constructor(server: Server, event: string) {
    this.#server = server
    server.on(event, (socket: Socket) => {
      this.connections.push(new PeerConnection(socket, this.bindStatus, () => this.changed()))
      this.changed()
    })
    server.on('tlsClientError', () => undefined)
  }

  static async listen(tls?: TlsOptions): Promise<Peer> {
    const server = tls ? createTlsServer(tls) : createServer()
    const peer = new Peer(server, tls ? 'secureConnection' : 'connection')
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return peer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The connection that came last. */
  get last(): PeerConnection {
    return this.connections.at(-1) as PeerConnection
  }

  readonly changed = (): void => {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves once `condition` holds; looked at whenever anything happens on either side. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const { socket } of this.connections) socket.destroy()
    await closed
  }
}

/** A link that notes what it is told. */
export class Client {
  readonly link: Link<string>
  bound = 0
  /** How often there was room. */
  rooms = 0
  readonly answers: { context: string; status: number; id: string; late: boolean }[] = []
  readonly unanswered: string[] = []
  readonly deliveries: { delivery: Delivery; acknowledge: (status: number) => void }[] = []
  readonly congestion: number[] = []
  readonly alerts: Pdu<'alert_notification'>[] = []
  readonly ends: { end: SessionEnd; handedBack: string[]; retryInMs: number | undefined }[] = []

  constructor(peer: Peer, change: Partial<LinkOptions> = {}) {
    const { changed } = peer
    this.link = new Link<string>(
      {
        kind: 'transceiver',
        systemId: 'bongsu',
        password: 'secret',
        systemType: '',
        window: 4,
        timers: { enquireLinkMs: 60_000, responseMs: 5_000 },
        addresses: [{ host: '127.0.0.1', port: peer.port, tls: false }],
        startAt: 0,
        reconnectMs: [20, 40],
        ...change,
      },
      {
        bound: () => {
          this.bound++
          changed()
        },
        answered: (context, status, id, late) => {
          this.answers.push({ context, status, id, late })
          changed()
        },
        unanswered: (context) => {
          this.unanswered.push(context)
          changed()
        },
        delivered: (delivery, acknowledge) => {
          this.deliveries.push({ delivery, acknowledge })
          changed()
        },
        room: () => {
          this.rooms++
        },
        congested: (state) => {
          this.congestion.push(state)
          changed()
        },
        alerted: (notification) => {
          this.alerts.push(notification)
          changed()
        },
        closed: (end, handedBack, retryInMs) => {
          this.ends.push({ end, handedBack, retryInMs })
          changed()
        },
      },
    )
    this.link.start()
  }

  submit(...contexts: string[]): void {
    for (const context of contexts) this.link.session?.submit(template, '821012345678', context)
  }
}

export const template: SubmitTemplate = submitTemplate({
  fields: { source_addr: '82232100404', short_message: Buffer.from('Leave the coast now') },
})
