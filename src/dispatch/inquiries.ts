import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { Pdu } from '../smpp/codec/pdu.ts'
import { commandStatus, statusName } from '../smpp/codec/status.ts'
import { writtenId } from '../smpp/message-id.ts'
import { messageStates } from '../smpp/receipt.ts'
import type { SessionRequest } from '../smpp/session/requests.ts'
import type { Session } from '../smpp/session/session.ts'
import type { Database } from '../store/database.ts'
import type { HeldSegment } from '../store/inquiries/held-segments.ts'
import type { MessageState } from '../store/states.ts'
import type { OutcomeSink } from './outcome-sink.ts'
import { OverdueWalk } from './overdue-walk.ts'
import { Paced } from './paced.ts'
import { stateOf } from './receipt.ts'
import { RetractionWalk } from './retraction-walk.ts'

export interface InquiriesOptions {
  readonly profile: () => CarrierProfile
  readonly carrierNo: number
  readonly pool: Database['pool']
  /** A bind that may be asked now; with `room`, one that has room in its window. */
  readonly session: (room: boolean) => Session<unknown> | undefined
  readonly sink: Pick<OutcomeSink, 'receipt' | 'backlog'>
  readonly log: Logger
}

interface Inquiry {
  readonly segment: HeldSegment
  readonly tries: number
}

type Command = 'query_sm' | 'cancel_sm'

/** Unanswered at a time; a session takes 100. */
const maxOpen = 50
const maxTries = 3
const maxBacklog = 4000
const queriesPerSecond = 10
/** cancel_sm: a tenth of the contract, beside it; a correction that goes out at the same time loses nothing. */
const leastCancels = 10
const cancelShare = 0.1
/** A response is missing after three response times (src/smpp/session/session.ts); one more for what is committed then. */
const tailResponses = 4

/**
 * What an account asks its SMSC beside the sending, where the profile says that it can: to drop what it still holds of cancelled
 * broadcasts (cancel_sm, SMPP 3.4 §4.9), and what became of messages whose receipt is overdue (query_sm, §4.8). An answer that
 * says something final goes to the ledger as a receipt does.
 */
export class Inquiries {
  readonly #o: InquiriesOptions
  readonly #cancels: Paced<Inquiry>
  readonly #queries: Paced<Inquiry>
  #open = 0
  /** The profile whose SMSC did not know a command. */
  readonly #unknownTo = new Map<Command, CarrierProfile>()

  constructor(options: InquiriesOptions) {
    this.#o = options
    const { pool, carrierNo, log, profile } = options
    const retractions = new RetractionWalk({ pool, carrierNo, log })
    const overdue = new OverdueWalk(pool, carrierNo)
    const inquiries = (segments: readonly HeldSegment[]) => segments.map((segment) => ({ segment, tries: 1 }))
    this.#cancels = new Paced<Inquiry>({
      perSecond: () => Math.max(leastCancels, profile().throughput * cancelShare),
      load: async () => {
        const { supports, timers } = profile()
        if (!supports.cancel || !this.#mayAsk('cancel_sm')) return []
        return inquiries(await retractions.next(timers.responseMs * tailResponses))
      },
      act: (inquiry) => this.#cancel(inquiry),
      log,
    })
    this.#queries = new Paced<Inquiry>({
      perSecond: () => queriesPerSecond,
      load: async () => {
        const { supports, receipts } = profile()
        if (!supports.query || !this.#mayAsk('query_sm')) return []
        return inquiries(await overdue.next(receipts.finalAfterMs))
      },
      act: (inquiry) => this.#query(inquiry),
      log,
    })
  }

  async stop(): Promise<void> {
    await Promise.all([this.#cancels.stop(), this.#queries.stop()])
  }

  /** Nothing is looked up for an account that cannot ask: it may be somebody else's. */
  #mayAsk(command: Command): boolean {
    return this.#o.session(false) !== undefined && this.#unknownTo.get(command) !== this.#o.profile()
  }

  #cancel(inquiry: Inquiry): boolean {
    const { source, destination, receipts } = this.#o.profile()
    const { smscId, msisdn } = inquiry.segment
    const fields = {
      message_id: writtenId(smscId, receipts.idInResponse),
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.addr,
      dest_addr_ton: destination.ton,
      dest_addr_npi: destination.npi,
      destination_addr: msisdn,
    }
    return this.#ask({ command: 'cancel_sm', fields }, this.#o.session(false), inquiry, this.#cancels, (response) =>
      response.status === commandStatus.ESME_ROK ? { state: 'cancelled', error: undefined } : undefined,
    )
  }

  #query(inquiry: Inquiry): boolean {
    const { source, receipts } = this.#o.profile()
    const fields = {
      message_id: writtenId(inquiry.segment.smscId, receipts.idInResponse),
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.addr,
    }
    return this.#ask({ command: 'query_sm', fields }, this.#o.session(true), inquiry, this.#queries, queried)
  }

  #ask(
    request: SessionRequest & { command: Command },
    session: Session<unknown> | undefined,
    inquiry: Inquiry,
    paced: Paced<Inquiry>,
    read: (response: Pdu) => Answer | undefined,
  ): boolean {
    if (!session || this.#open >= maxOpen || this.#o.sink.backlog >= maxBacklog) return false
    const profile = this.#o.profile()
    const { command } = request
    this.#open++
    session.request(request, (response) => {
      this.#open--
      if (!response) {
        metrics.inquiries.inc({ carrier: profile.id, command, answer: 'none' })
        if (inquiry.tries < maxTries) paced.again({ ...inquiry, tries: inquiry.tries + 1 })
        return
      }
      if (response.status === commandStatus.ESME_RINVCMDID) this.#notKnown(command, profile)
      const answer = read(response)
      metrics.inquiries.inc({ carrier: profile.id, command, answer: answer?.state ?? statusName(response.status) })
      if (answer) this.#settle(inquiry.segment, answer)
    })
    return true
  }

  #notKnown(command: Command, profile: CarrierProfile): void {
    if (this.#unknownTo.get(command) === profile) return
    this.#unknownTo.set(command, profile)
    const key = command === 'cancel_sm' ? 'supports.cancel' : 'supports.query'
    this.#o.log.error(`the SMSC does not know ${command}: set ${key} of the profile to false`)
  }

  #settle({ smscId, msisdn }: HeldSegment, { state, error }: Answer): void {
    const { carrierNo, sink } = this.#o
    const receipt = { carrierNo, smscId, msisdn, state, error, finalAt: Date.now(), raw: Buffer.alloc(0) }
    sink.receipt(receipt, () => undefined)
  }
}

interface Answer {
  readonly state: MessageState
  /** The network's error code. */
  readonly error: number | undefined
}

/** What the SMSC says of a message, where it is final; UNKNOWN says nothing, and the receipt may still come. */
function queried(response: Pdu): Answer | undefined {
  if (response.command !== 'query_sm_resp' || response.status !== commandStatus.ESME_ROK) return undefined
  const { message_state, error_code } = response.fields
  const said = messageStates[message_state]
  const state = said && stateOf[said]
  if (state === undefined || state === 'submitted' || state === 'unconfirmed') return undefined
  return { state, error: state === 'delivered' || error_code === 0 ? undefined : error_code }
}
