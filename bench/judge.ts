import type { MessageState } from '../src/store/states.ts'
import { SmscLogReader } from './smsc-log.ts'

/** One accepted submit_sm, with the states of its receipts. */
interface Submission {
  /** Written to a connection: the engine may have got them. */
  readonly reported: Set<string>
  /** Answered with ESME_ROK: the engine has committed them. */
  readonly acknowledged: Set<string>
}

export interface JudgedMessage {
  readonly msisdn: string
  readonly state: MessageState
}

interface WrongState extends JudgedMessage {
  readonly allowed: readonly MessageState[]
  /** How often the SMSCs took it. */
  readonly taken: number
}

export interface Verdict {
  readonly messages: number
  /** Neither accepted by an SMSC nor refused for good; and those that are not finished. */
  readonly lost: readonly JudgedMessage[]
  /** In a state that what the SMSCs say of them does not allow. */
  readonly wrong: readonly WrongState[]
  /** Numbers to which an SMSC took the text more than once, and how many texts that are too many. */
  readonly twice: number
  readonly copies: number
  readonly accepted: number
  /** Refused by every carrier that was asked, and failed. */
  readonly refused: number
}

/** A final receipt, and the state that it gives a message (design: DELETED that nobody asked for is a failure). */
const stateOf: Readonly<Record<string, MessageState>> = {
  DELIVRD: 'delivered',
  UNDELIV: 'failed',
  REJECTD: 'failed',
  DELETED: 'failed',
  UNKNOWN: 'unconfirmed',
  EXPIRED: 'expired',
}

/** The reason of a connection's end that stands in the log when it was not the SMSC's doing. */
const byEngine = 'by the ESME'

/** What the SMSCs' own logs say happened; the engine is not asked. */
export class Evidence {
  /** Connections that did not end because the ESME closed them. */
  cuts = 0
  readonly #submissions = new Map<string, Submission[]>()
  readonly #refused = new Set<string>()

  /** Adds the log of one SMSC. */
  async add(path: string): Promise<void> {
    const note = this.newLog()
    await new SmscLogReader(path).read((kind, _, fields) => note(kind, fields))
  }

  /** Takes the lines of one SMSC: ids and the numbers of connections are its own. */
  newLog(): (kind: string, fields: readonly string[]) => void {
    const byId = new Map<string, Submission>()
    /** Receipts that wait for their answer, by connection and sequence number. */
    const open = new Map<string, () => void>()
    return (kind, [bind = '', sequence = '', id = '', last = '']) => {
      const submission = byId.get(id)
      const key = `${bind} ${sequence}`
      if (kind === 'submit') byId.set(id, this.#accepted(last))
      else if (kind === 'refuse') this.#refused.add(last)
      else if (kind === 'closed' && sequence !== byEngine) this.cuts++
      else if (kind === 'receipt' && submission) {
        submission.reported.add(last)
        open.set(key, () => submission.acknowledged.add(last))
      } else if (kind === 'ack') {
        if (last === 'ESME_ROK') open.get(key)?.()
        open.delete(key)
      }
    }
  }

  #accepted(destination: string): Submission {
    const submission = { reported: new Set<string>(), acknowledged: new Set<string>() }
    const others = this.#submissions.get(destination)
    if (others) others.push(submission)
    else this.#submissions.set(destination, [submission])
    return submission
  }

  judge(messages: Iterable<JudgedMessage>): Verdict {
    const lost: JudgedMessage[] = []
    const wrong: WrongState[] = []
    const sums = { messages: 0, twice: 0, copies: 0, accepted: 0, refused: 0 }
    for (const message of messages) {
      sums.messages++
      const submissions = this.#submissions.get(message.msisdn) ?? []
      sums.accepted += submissions.length
      if (submissions.length > 1) {
        sums.twice++
        sums.copies += submissions.length - 1
      }
      if (submissions.length === 0) {
        if (message.state === 'failed' && this.#refused.has(message.msisdn)) sums.refused++
        else lost.push(message)
        continue
      }
      const allowed = this.#allowed(message.msisdn, submissions)
      if (!allowed.includes(message.state)) wrong.push({ ...message, allowed, taken: submissions.length })
    }
    return { ...sums, lost, wrong }
  }

  #allowed(msisdn: string, submissions: readonly Submission[]): MessageState[] {
    const acknowledged = new Set(submissions.flatMap((one) => [...one.acknowledged]).map((state) => stateOf[state]))
    if (acknowledged.has('delivered')) return ['delivered']
    const allowed = new Set<MessageState>()
    for (const { reported, acknowledged: known } of submissions) {
      for (const state of reported) if (stateOf[state] !== undefined) allowed.add(stateOf[state])
      if (![...known].some((state) => stateOf[state] !== undefined)) allowed.add('submitted')
    }
    // Sent again because the first answer was lost, and then refused.
    if (this.#refused.has(msisdn)) allowed.add('failed')
    return [...allowed]
  }
}
