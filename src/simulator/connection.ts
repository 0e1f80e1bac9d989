import type { Socket } from 'node:net'
import { type CommandName, commandId, commandName, isResponse } from '../smpp/codec/commands.ts'
import { BrokenStream, DamagedPdu } from '../smpp/codec/errors.ts'
import { Framer } from '../smpp/codec/framer.ts'
import { decodePdu, encodePdu, headerLength, type Pdu, type PduInput } from '../smpp/codec/pdu.ts'
import { commandStatus } from '../smpp/codec/status.ts'
import type { MessageCentre } from './centre.ts'
import type { Message } from './message.ts'
import { Output } from './output.ts'
import { maxReceiptLength, writeReceipt } from './receipt-writer.ts'

/** What a bound ESME may do: transmit (submit_sm), receive (deliver_sm) or both. */
const abilities = {
  bind_transmitter: { transmits: true, receives: false },
  bind_receiver: { transmits: false, receives: true },
  bind_transceiver: { transmits: true, receives: true },
} as const

type BindName = keyof typeof abilities
type Bind = Extract<Pdu, { command: BindName }>

/** deliver_sm_resp statuses after which the receipt is worth another try. */
const temporary = new Set<number>([
  commandStatus.ESME_RSYSERR,
  commandStatus.ESME_RMSGQFUL,
  commandStatus.ESME_RTHROTTLED,
  commandStatus.ESME_RX_T_APPN,
])

/** One ESME's TCP connection: open until it binds, bound until it unbinds or the connection ends. */
export class Connection {
  readonly #centre: MessageCentre
  readonly #socket: Socket
  readonly #output: Output
  readonly #framer = new Framer()
  /** Receipts sent on this bind and not answered yet, by sequence number. */
  readonly #unanswered = new Map<number, Message>()
  #bound: (typeof abilities)[BindName] | undefined
  #sequence = 0
  #closed = false

  constructor(centre: MessageCentre, socket: Socket) {
    this.#centre = centre
    this.#socket = socket
    this.#output = new Output(socket)
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('drain', () => this.#onDrain())
    // A reset is one way to end; `close` follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#onClose())
  }

  get bound(): boolean {
    return this.#bound !== undefined
  }

  /** Whether it may be sent another receipt now. */
  get hasRoom(): boolean {
    return (
      this.#bound?.receives === true &&
      this.#unanswered.size < this.#centre.settings.receipts.window &&
      !this.#output.blocked
    )
  }

  /** Sends what has been gathered. */
  flush(): void {
    this.#output.flush()
    if (this.#output.blocked) this.#socket.pause()
  }

  /** Ends the connection at once, without a word. */
  cut(): void {
    this.#socket.resetAndDestroy()
  }

  sendReceipt(message: Message): void {
    this.#sequence = this.#sequence === 0x7fffffff ? 1 : this.#sequence + 1
    this.#unanswered.set(this.#sequence, message)
    const { idInReceipt } = this.#centre.settings.receipts
    this.#output.put(maxReceiptLength, (buffer, offset) =>
      writeReceipt(buffer, offset, this.#sequence, message, idInReceipt, Date.now()),
    )
    this.#centre.touch(this)
  }

  /** Answers a submit_sm. @param messageId empty with an error: the body is then left out (SMPP 3.4 §4.4.2). */
  answerSubmit(sequence: number, status: number, messageId: string): void {
    if (this.#closed) return
    const length = status === 0 ? headerLength + messageId.length + 1 : headerLength
    this.#output.put(length, (buffer, offset) => {
      buffer.writeUInt32BE(length, offset)
      buffer.writeUInt32BE(commandId.submit_sm_resp, offset + 4)
      buffer.writeUInt32BE(status, offset + 8)
      buffer.writeUInt32BE(sequence, offset + 12)
      if (status === 0) {
        const end = offset + headerLength + buffer.write(messageId, offset + headerLength, 'latin1')
        buffer[end] = 0
      }
      return length
    })
    this.#centre.touch(this)
  }

  #onData(chunk: Buffer): void {
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
      this.#end()
    }
    this.#centre.flush()
  }

  #handle(frame: Buffer, now: number): void {
    if (this.#closed) return
    const id = frame.readUInt32BE(4)
    try {
      if (id === commandId.submit_sm) this.#onSubmit(frame, now)
      else if (id === commandId.deliver_sm_resp || id === commandId.generic_nack) this.#onReceiptAnswered(frame)
      else this.#onPdu(decodePdu(frame))
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

  #onReceiptAnswered(frame: Buffer): void {
    const sequence = frame.readUInt32BE(12)
    const message = this.#unanswered.get(sequence)
    if (message === undefined) return
    this.#unanswered.delete(sequence)
    const status = frame.readUInt32BE(8)
    if (status === 0) this.#centre.tally.receiptsAcknowledged++
    else if (temporary.has(status)) this.#centre.retryReceipt(message)
    this.#centre.deliverReady()
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
        this.#answer('unbind', pdu.sequence, 0)
        this.#end()
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
    const status = this.bound ? commandStatus.ESME_RALYBND : this.#centre.admit(pdu.fields)
    if (status !== 0) {
      this.#answer(pdu.command, pdu.sequence, status)
      if (!this.bound) this.#end()
      return
    }
    this.#bound = abilities[pdu.command]
    this.#send({
      command: `${pdu.command}_resp`,
      sequence: pdu.sequence,
      fields: { system_id: 'bongsu-smsc' },
      tlvs: { sc_interface_version: 0x34 },
    })
    this.#centre.deliverReady()
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
  #end(): void {
    this.flush()
    this.#leave()
    this.#socket.end()
  }

  #onDrain(): void {
    this.#socket.resume()
    this.#centre.deliverReady()
    this.#centre.flush()
  }

  #onClose(): void {
    this.#leave()
    this.#centre.forget(this)
    this.#centre.flush()
  }

  /** Nothing more comes from or goes to this ESME; what it has not answered goes to another. */
  #leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#bound = undefined
    const unanswered = [...this.#unanswered.values()]
    this.#unanswered.clear()
    this.#centre.takeBack(unanswered)
  }
}
