import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { BrokenStream, DamagedPdu } from '../../src/smpp/codec/errors.ts'
import { Framer } from '../../src/smpp/codec/framer.ts'
import { decodePdu, encodePdu, type Pdu, type PduInput } from '../../src/smpp/codec/pdu.ts'

type Request = Omit<PduInput, 'sequence'>

/** A bare ESME for tests: it sends what it is told to and keeps everything that comes, in order. */
export class Esme {
  readonly socket: Socket
  readonly received: Pdu[] = []
  /** PDUs that could not be read. */
  readonly damaged: DamagedPdu[] = []
  /** The stream was out of step; it is closed then. */
  broken = false
  /** Octets of each `data` event. */
  readonly chunks: number[] = []
  readonly closed: Promise<unknown>
  /** Whether deliver_sm is answered at once, and how. */
  answers: number | 'not' = 0
  /** Whether enquire_link and unbind are answered at once. */
  polite = true
  #sequence = 0
  #waiting: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    const framer = new Framer()
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk.length)
      framer.push(chunk)
      try {
        for (let frame = framer.next(); frame !== undefined; frame = framer.next()) this.#read(frame)
      } catch (error) {
        if (!(error instanceof BrokenStream)) throw error
        this.broken = true
        socket.destroy()
      }
      const waiting = this.#waiting
      this.#waiting = []
      for (const wake of waiting) wake()
    })
    this.closed = new Promise((resolve) => socket.once('close', resolve))
  }

  static async connect(port: number): Promise<Esme> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Esme(socket)
  }

  static async bound(
    port: number,
    command: 'bind_transceiver' | 'bind_receiver' | 'bind_transmitter' = 'bind_transceiver',
  ) {
    const esme = await Esme.connect(port)
    const { status } = await esme.request({ command, fields: { system_id: 'test', password: 'secret' } } as Request)
    if (status !== 0) throw new Error(`the bind failed: ${status}`)
    return esme
  }

  /** @returns the sequence number it went out with. */
  send(pdu: Request): number {
    this.#sequence++
    this.socket.write(encodePdu({ ...pdu, sequence: this.#sequence } as PduInput))
    return this.#sequence
  }

  /** Several in one write. */
  sendAll(pdus: readonly Request[]): void {
    this.socket.write(Buffer.concat(pdus.map((pdu) => encodePdu({ ...pdu, sequence: ++this.#sequence } as PduInput))))
  }

  async request(pdu: Request): Promise<Pdu> {
    const sequence = this.send(pdu)
    const isAnswer = (got: Pdu) =>
      got.sequence === sequence && (got.command.endsWith('_resp') || got.command === 'generic_nack')
    await this.until(() => this.received.some(isAnswer))
    return this.received.find(isAnswer) as Pdu
  }

  /** Resolves once `condition` holds; it is looked at whenever something comes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  all<C extends Pdu['command']>(command: C): Extract<Pdu, { command: C }>[] {
    return this.received.filter((pdu) => pdu.command === command) as Extract<Pdu, { command: C }>[]
  }

  close(): void {
    this.socket.destroy()
  }

  #read(frame: Buffer): void {
    try {
      this.#take(decodePdu(frame))
    } catch (error) {
      if (!(error instanceof DamagedPdu)) throw error
      this.damaged.push(error)
    }
  }

  #take(pdu: Pdu): void {
    this.received.push(pdu)
    const { command, sequence } = pdu
    if (this.polite && (command === 'enquire_link' || command === 'unbind')) {
      this.socket.write(encodePdu({ command: `${command}_resp`, sequence }))
    }
    if (pdu.command === 'deliver_sm' && this.answers !== 'not') {
      this.socket.write(encodePdu({ command: 'deliver_sm_resp', status: this.answers, sequence: pdu.sequence }))
    }
  }
}

/** A submit_sm that asks for a receipt. */
export function submit(fields: Record<string, unknown> = {}): Request {
  return {
    command: 'submit_sm',
    fields: {
      source_addr: '82232100404',
      destination_addr: '821012345678',
      registered_delivery: 1,
      short_message: Buffer.from('Leave the coast now'),
      ...fields,
    },
  } as Request
}
