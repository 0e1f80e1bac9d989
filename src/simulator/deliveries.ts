import { commandStatus } from '../smpp/codec/status.ts'
import type { MessageCentre } from './centre.ts'
import type { Message } from './message.ts'
import type { PhoneText } from './phone-text.ts'

/** deliver_sm_resp statuses after which the receipt or text is worth another try. */
const temporary = new Set<number>([
  commandStatus.ESME_RSYSERR,
  commandStatus.ESME_RMSGQFUL,
  commandStatus.ESME_RTHROTTLED,
  commandStatus.ESME_RX_T_APPN,
])

/** The deliver_sm's of one bind that are not answered yet, by sequence number: receipts, and texts from phones. */
export class Deliveries {
  readonly #centre: MessageCentre
  readonly #bind: number
  readonly #receipts = new Map<number, Message>()
  readonly #texts = new Map<number, PhoneText>()

  constructor(centre: MessageCentre, bind: number) {
    this.#centre = centre
    this.#bind = bind
  }

  get size(): number {
    return this.#receipts.size + this.#texts.size
  }

  /** Notes a receipt that goes out now. */
  addReceipt(sequence: number, message: Message): void {
    const { tally, log } = this.#centre
    this.#receipts.set(sequence, message)
    tally.receiptsSent++
    if (message.manner.intermediate) tally.faults.intermediate++
    else if (message.receipts++ === 0) tally.perState[message.state] = (tally.perState[message.state] ?? 0) + 1
    log?.receipt(this.#bind, sequence, message.id, message.state)
  }

  /** Notes a text that goes out now. */
  addText(sequence: number, text: PhoneText): void {
    this.#texts.set(sequence, text)
    this.#centre.tally.textsSent++
    this.#centre.log?.note('text', this.#bind, String(sequence), text.source, text.destination)
  }

  /** The ESME has answered; what is worth another try gets one. */
  answered(sequence: number, status: number): void {
    const message = this.#receipts.get(sequence)
    if (message === undefined) {
      this.#textAnswered(sequence, status)
      return
    }
    const { tally, outbox, log } = this.#centre
    this.#receipts.delete(sequence)
    log?.acknowledged(this.#bind, sequence, message.id, status)
    if (status === 0) tally.receiptsAcknowledged++
    else if (temporary.has(status)) outbox.retryReceipt(message)
    outbox.deliver()
  }

  /** The bind is gone: what it has not answered goes to another. */
  giveBack(): void {
    const [receipts, texts] = [[...this.#receipts.values()], [...this.#texts.values()]]
    this.#receipts.clear()
    this.#texts.clear()
    this.#centre.outbox.takeBack(receipts, texts)
  }

  #textAnswered(sequence: number, status: number): void {
    const text = this.#texts.get(sequence)
    if (text === undefined) return
    this.#texts.delete(sequence)
    if (temporary.has(status)) this.#centre.outbox.retryText(text)
    else text.answered(status)
    this.#centre.outbox.deliver()
  }
}
