import type { Socket } from 'node:net'
import { type CommandName, commandId, commandName, isResponse } from '../smpp/codec/commands.ts'
import { BrokenStream, DamagedPdu } from '../smpp/codec/errors.ts'
import { Framer } from '../smpp/codec/framer.ts'
import { decodePdu, encodePdu, type Pdu, type PduInput } from '../smpp/codec/pdu.ts'
import { commandStatus, statusName } from '../smpp/codec/status.ts'
import type { MessageCentre } from './centre.ts'
import { Deliveries } from './deliveries.ts'
import { type Message, writeId } from './message.ts'
import { Output } from './output.ts'
import type { PhoneText } from './phone-text.ts'
import { maxReceiptLength, writeReceipt } from './receipt-writer.ts'
import { submitAnswerLength, writeSubmitAnswer } from './submit-answer.ts'
import { Unrest, type Unsettled } from './unrest.ts'

/** What a bound ESME may do: transmit (submit_sm), receive (deliver_sm) or both. */
const abilities = {
  bind_transmitter: { transmits: true, receives: false },
  bind_receiver: { transmits: false, receives: true },
  bind_transceiver: { transmits: true, receives: true },
} as const

type BindName = keyof typeof abilities
type Bind = Extract<Pdu, { command: BindName }>

/** An ESME that does not answer our unbind is cut after so long. */
const unbindWithinMs = 5000
/** A bind that is to be cut with answers pending, but has none, is cut after so long. */
const dropWithinMs = 1000

/** One ESME's TCP connection: open until it binds, bound until it unbinds or the connection ends. */
export class Connection implements Unsettled {
  /** Counted from 1 since the SMSC started. */
  readonly number: number
  /** Resolves when the socket is closed. */
  readonly gone: Promise<void>
  readonly #centre: MessageCentre
  readonly #socket: Socket
  readonly #output: Output
  readonly #unrest: Unrest
  readonly #framer = new Framer()
  readonly #deliveries: Deliveries
  #bound: { readonly transmits: boolean; readonly receives: boolean } | undefined
  /** We have asked the ESME to unbind. */
  #unbinding = false
  /** To be cut instead of being sent what is gathered next. */
  #doomed: { readonly reset: boolean } | undefined
  #endTimer: NodeJS.Timeout | undefined
  #sequence = 0
  #closed = false
  /** Why it ended, for the log. */
  #reason = 'by the ESME'

  constructor(centre: MessageCentre, socket: Socket) {
    this.#centre = centre
    this.#socket = socket
    this.number = centre.nextConnection()
    this.#deliveries = new Deliveries(centre, this.number)
    const { faults, seed } = centre.settings
    this.#unrest = new Unrest(faults, seed, centre.tally.faults, this, socket)
    this.#output = new Output(socket, this.#unrest.torn)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#unrest.read(chunk))
    socket.on('drain', () => this.drained())
    // A reset is one way to end; `close` follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#onClose())
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()))
    const stalledMs = centre.stalledUntil - performance.now()
    if (stalledMs > 0) this.stall(stalledMs)
  }

  get bound(): boolean {
    return this.#bound !== undefined
  }

  /** Whether it may be sent another receipt or text now. */
  get hasRoom(): boolean {
    return (
      this.#bound?.receives === true &&
      this.#deliveries.size < this.#centre.settings.receipts.window &&
      !this.#output.blocked
    )
  }

  /** Sends what has been gathered. */
  flush(): void {
    if (this.#doomed !== undefined) {
      this.#dropNow(this.#doomed.reset)
      return
    }
    this.#output.flush()
    if (this.#output.blocked) this.#socket.pause()
  }

  /** Ends the connection at once, without a word. */
  cut(reason: string): void {
    if (!this.#closed) this.#reason = reason
    this.#socket.resetAndDestroy()
  }

  sendReceipt(message: Message): void {
    const sequence = this.#nextSequence()
    this.#deliveries.addReceipt(sequence, message)
    this.#maybeDamage(undefined)
    const { idInReceipt, idInResponse } = this.#centre.settings.receipts
    const id = idInReceipt === idInResponse ? message.id : writeId(message.number, idInReceipt)
    this.#output.put(maxReceiptLength, (buffer, offset) =>
      writeReceipt(buffer, offset, sequence, message, id, Date.now()),
    )
    this.#centre.touch(this)
  }

  sendText(text: PhoneText): void {
    const sequence = this.#nextSequence()
    this.#deliveries.addText(sequence, text)
    this.#send({
      command: 'deliver_sm',
      sequence,
      fields: {
        source_addr_ton: 1,
        source_addr_npi: 1,
        source_addr: text.source,
        dest_addr_ton: 1,
        dest_addr_npi: 1,
        destination_addr: text.destination,
        esm_class: text.esmClass,
        data_coding: text.dataCoding,
        short_message: text.octets,
      },
    })
  }

  /**
   * Answers a submit_sm.
   * @param messageId `undefined` leaves the body out, as errors do (SMPP 3.4 §4.4.2).
   * @param congestion congestion_state; `undefined` leaves the TLV out.
   */
  answerSubmit(sequence: number, status: number, messageId: string | undefined, congestion: number | undefined): void {
    if (this.#closed) return
    this.#maybeDamage(sequence)
    const length = submitAnswerLength(messageId, congestion)
    this.#output.put(length, (buffer, offset) => {
      writeSubmitAnswer(buffer, offset, length, sequence, status, messageId, congestion)
      return length
    })
    this.#centre.touch(this)
  }

  take(chunk: Buffer): void {
    const now = performance.now()
    this.#framer.push(chunk)
    try {
      for (let frame = this.#framer.next(); frame !== undefined; frame = this.#framer.next()) {
        this.#handle(frame, now)
      }
    } catch (error) {
      if (!(error instanceof BrokenStream)) throw error
      this.#centre.tally.malformed++
      this.#send({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDLEN, sequence: 0 })
      this.#end('broken stream')
    }
    this.#centre.flush()
  }

  resume(): void {
    if (this.#unrest.reads && !this.#output.blocked) this.#socket.resume()
  }

  drained(): void {
    this.resume()
    this.#centre.outbox.deliver()
    this.#centre.flush()
  }

  drop(reset: boolean): void {
    this.#doomed = { reset }
    clearTimeout(this.#endTimer)
    this.#endTimer = setTimeout(() => this.#dropNow(reset), dropWithinMs)
  }

  stall(ms: number): void {
    // One stall after the other, or a bind that stalls often would never speak again.
    if (this.#closed || this.#unrest.stalled) return
    this.#centre.tally.faults.stalls++
    this.#centre.log?.note('fault', this.number, 'stall', String(Math.round(ms)))
    this.#output.hold()
    this.#unrest.stall(ms, () => {
      this.#output.release()
      this.drained()
    })
  }

  /** Asks the ESME to unbind; it is sent no more receipts, and closed when it answers. */
  askToUnbind(): void {
    if (this.#bound === undefined || this.#unbinding) return
    this.#unbinding = true
    this.#bound = { transmits: this.#bound.transmits, receives: false }
    this.#centre.tally.faults.unbinds++
    this.#centre.log?.note('unbind', this.number, 'smsc')
    this.#send({ command: 'unbind', sequence: this.#nextSequence() })
    this.#centre.flush()
    this.#endTimer ??= setTimeout(() => this.cut('no answer to unbind'), unbindWithinMs)
  }

  breakStream(octets: Buffer): void {
    this.#centre.tally.faults.brokenStreams++
    this.#centre.log?.note('fault', this.number, 'broken stream')
    this.#output.frame(octets)
    this.flush()
  }

  enquire(): void {
    this.#send({ command: 'enquire_link', sequence: this.#nextSequence() })
    this.#centre.flush()
  }

  giveUp(): void {
    this.#centre.tally.faults.silent++
    this.cut('silent')
  }

  #dropNow(reset: boolean): void {
    this.#doomed = undefined
    this.#centre.tally.faults.drops++
    this.#centre.log?.note('fault', this.number, 'drop')
    if (reset) {
      this.cut('drop')
      return
    }
    this.#reason = 'drop'
    this.#socket.destroy()
  }

  #nextSequence(): number {
    this.#sequence = this.#sequence === 0x7fffffff ? 1 : this.#sequence + 1
    return this.#sequence
  }

  #maybeDamage(sequence: number | undefined): void {
    const damaged = this.#unrest.damage?.before(sequence)
    if (damaged === undefined) return
    this.#centre.tally.faults.damaged++
    this.#output.frame(damaged)
  }

  #handle(frame: Buffer, now: number): void {
    if (this.#closed) return
    const id = frame.readUInt32BE(4)
    try {
      if (id === commandId.submit_sm) this.#onSubmit(frame, now)
      else if (id === commandId.deliver_sm_resp || id === commandId.generic_nack) {
        this.#deliveries.answered(frame.readUInt32BE(12), frame.readUInt32BE(8))
      } else this.#onPdu(decodePdu(frame))
    } catch (error) {
      if (!(error instanceof DamagedPdu)) throw error
      this.#centre.tally.malformed++
      if (!isResponse(id)) {
        this.#send({ command: 'generic_nack', status: error.status, sequence: error.sequence })
      }
    }
  }

  #onSubmit(frame: Buffer, now: number): void {
    if (this.#bound?.transmits !== true) {
      this.#answer('submit_sm', frame.readUInt32BE(12), commandStatus.ESME_RINVBNDSTS)
      return
    }
    this.#centre.submit(this, frame, now)
  }

  #onPdu(pdu: Pdu): void {
    switch (pdu.command) {
      case 'bind_transmitter':
      case 'bind_receiver':
      case 'bind_transceiver':
        this.#onBind(pdu)
        return
      case 'enquire_link':
        this.#answer('enquire_link', pdu.sequence, 0)
        return
      case 'unbind':
        if (!this.bound) {
          this.#answer('unbind', pdu.sequence, commandStatus.ESME_RINVBNDSTS)
          return
        }
        this.#centre.log?.note('unbind', this.number, 'esme')
        this.#answer('unbind', pdu.sequence, 0)
        this.#end('unbound')
        return
      case 'unbind_resp':
        if (this.#unbinding) this.#end('unbound')
        return
      case 'query_sm':
      case 'cancel_sm':
        if (this.#bound?.transmits === true) this.#send(this.#centre.answerAbout(pdu))
        else this.#answer(pdu.command, pdu.sequence, commandStatus.ESME_RINVBNDSTS)
        return
      default:
        if (isResponse(commandId[pdu.command])) return
        this.#send({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDID, sequence: pdu.sequence })
    }
  }

  #onBind(pdu: Bind): void {
    const { system_id } = pdu.fields
    const status = this.bound ? commandStatus.ESME_RALYBND : this.#centre.admit(pdu.fields)
    if (status !== 0) {
      this.#centre.log?.note('refused', this.number, statusName(status), system_id)
      this.#answer(pdu.command, pdu.sequence, status)
      if (!this.bound) this.#end('bind refused')
      return
    }
    this.#bound = abilities[pdu.command]
    this.#centre.log?.note('bind', this.number, pdu.command.slice('bind_'.length), system_id)
    this.#send({
      command: `${pdu.command}_resp`,
      sequence: pdu.sequence,
      fields: { system_id: 'bongsu-smsc' },
      tlvs: { sc_interface_version: 0x34 },
    })
    this.#unrest.start()
    this.#centre.outbox.deliver()
  }

  #answer(command: CommandName, sequence: number, status: number): void {
    const response = commandName(commandId[command] + 0x80000000) as CommandName
    this.#send({ command: response, status, sequence } as PduInput)
  }

  #send(pdu: PduInput): void {
    this.#output.frame(encodePdu(pdu))
    this.#centre.touch(this)
  }

  /** Says what is still to be said, then closes. */
  #end(reason: string): void {
    this.#reason = reason
    this.#leave()
    this.#output.end()
  }

  #onClose(): void {
    this.#leave()
    this.#centre.log?.note('closed', this.number, this.#reason)
    this.#centre.forget(this)
    this.#centre.flush()
  }

  /** Nothing more comes from or goes to this ESME; what it has not answered goes to another. */
  #leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#bound = undefined
    this.#doomed = undefined
    this.#unrest.stop()
    clearTimeout(this.#endTimer)
    this.#deliveries.giveBack()
  }
}
