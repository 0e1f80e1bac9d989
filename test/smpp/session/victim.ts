import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Prng } from '../../../src/lib/prng.ts'
import { Framer } from '../../../src/smpp/codec/framer.ts'
import { decodePdu, encodePdu } from '../../../src/smpp/codec/pdu.ts'
import { Session } from '../../../src/smpp/session/session.ts'
import type { SessionEnd } from '../../../src/smpp/session/state.ts'
import { template } from './peer.ts'

const recent = 200

/** A live, bound Session over TCP whose peer says whatever the test feeds it. It submits whenever there is room. */
export class Victim {
  end: SessionEnd | undefined
  /** What came back from `closed`, and what was answered before. */
  handedBack = 0
  answered = 0
  submitted = 0
  delivered = 0
  readonly #peer: Socket
  readonly #server: Server
  readonly session: Session<number>
  readonly #answered = new Set<number>()
  /** Sequence numbers of the submits that came last. */
  readonly #sequences: number[] = []
  #seen = 0
  #probe = 0x6fffffff
  #changed: () => void = () => undefined

  private constructor(server: Server, ours: Socket, peer: Socket) {
    this.#server = server
    this.#peer = peer
    const framer = new Framer()
    peer.setNoDelay(true)
    peer.on('error', () => undefined)
    peer.on('close', () => this.#changed())
    peer.on('data', (chunk: Buffer) => {
      framer.push(chunk)
      for (let frame = framer.next(); frame; frame = framer.next()) {
        // What the session says is always well-formed, or this throws and fails the test.
        const { command, sequence } = decodePdu(frame)
        if (command === 'enquire_link_resp') this.#answered.add(sequence)
        if (command === 'submit_sm') this.#sequences[this.#seen++ % recent] = sequence
      }
      this.#changed()
    })
    this.session = new Session<number>(
      ours,
      {
        kind: 'transceiver',
        systemId: 'bongsu',
        password: 'secret',
        systemType: '',
        window: 50,
        timers: { enquireLinkMs: 600_000, responseMs: 300_000 },
      },
      {
        bound: () => undefined,
        answered: () => {
          this.answered++
        },
        unanswered: () => undefined,
        delivered: (delivery) => {
          this.delivered++
          this.session.acknowledge(delivery.sequence, 0)
        },
        room: () => this.#submit(),
        closed: (end, unanswered) => {
          this.end = end
          this.handedBack = unanswered.length
          this.#changed()
        },
      },
    )
  }

  static async open(): Promise<Victim> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const ours = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [[peer]] = await Promise.all([once(server, 'connection'), once(ours, 'connect')])
    const victim = new Victim(server, ours, peer as Socket)
    victim.feed(encodePdu({ command: 'bind_transceiver_resp', sequence: 1 }))
    await victim.#until(() => victim.session.mode !== 'binding')
    return victim
  }

  feed(octets: Buffer): void {
    this.#peer.write(octets)
  }

  /** Gives a frame the sequence number of a submit_sm, so that it may answer one. */
  aim(random: Prng, frame: Buffer): Buffer {
    if (this.#sequences.length > 0) frame.writeUInt32BE(random.pick(this.#sequences), 12)
    return frame
  }

  /** Whether an enquire_link is still answered; false once the session has ended. */
  async alive(): Promise<boolean> {
    const sequence = ++this.#probe
    this.feed(encodePdu({ command: 'enquire_link', sequence }))
    await this.#until(() => this.end !== undefined || this.#answered.delete(sequence))
    return this.end === undefined
  }

  /** Why the session ended: waits until it says so. */
  async ended(): Promise<SessionEnd> {
    await this.#until(() => this.end !== undefined)
    return this.end as SessionEnd
  }

  async close(): Promise<void> {
    this.session.destroy('the test is over')
    await this.ended()
    this.#peer.destroy()
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #submit(): void {
    while (this.session.free > 0) this.session.submit(template, '821012345678', ++this.submitted)
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }
}
