import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { Problem } from '../lib/problem.ts'
import { statusName } from '../smpp/codec/status.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import type { SubmitView } from './submit-view.ts'

const size = 1_048_576
/** Octets that no line exceeds. */
const longestLine = 1024
const flushMs = 100
/** Hashes of so many texts are remembered: a broadcast sends few texts to many. */
const knownTexts = 4096

/**
 * What an SMSC saw and did, a line an event, appended to a file: the judge of what an ESME says of itself. Lines are
 * gathered and written whole, every 100 ms and at the close; nothing but whole lines is ever in the file.
 *
 * Fields are separated by tabs. Each run begins with `# bongsu-smsc-log 1 <epoch>`: the milliseconds of the epoch to which
 * the first field of every line, milliseconds by a monotonic clock, is to be added. `bind` numbers the connections of a run,
 * from 1; ids are as in submit_sm_resp, also those of receipts, whatever form receipts have on the wire.
 *
 *     ms submit  bind sequence id destination part/parts reference hash    accepted submit_sm; its answer may still be lost
 *     ms refuse  bind sequence status destination                          submit_sm answered with an error
 *     ms receipt bind sequence id state                                    deliver_sm written
 *     ms ack     bind sequence id status                                   deliver_sm answered
 *     ms text    bind sequence source destination                          text from a phone written
 *     ms bind    bind kind system_id
 *     ms refused bind status system_id                                     bind answered with an error
 *     ms unbind  bind esme|smsc                                            who asked for it
 *     ms closed  bind reason
 *     ms fault   bind what
 *
 * `part/parts` and `reference` (hexadecimal, `-` without) are of the UDH or SAR; `hash` is the first 16 hexadecimal digits of
 * the SHA-256 of the user data, without the UDH.
 */
export class EventLog {
  readonly #file: number
  readonly #origin = performance.now()
  readonly #buffer = Buffer.allocUnsafeSlow(size)
  readonly #timer: NodeJS.Timeout
  readonly #hashes = new Map<string, string>()
  #length = 0

  /** @throws Problem `cannot-open-log` */
  constructor(path: string) {
    try {
      this.#file = openSync(path, 'a')
    } catch (cause) {
      throw new Problem('cannot-open-log', `Cannot write to the log ${path}: ${(cause as Error).message}`, {
        cause,
        where: path,
        hint: 'Name a file in a folder that exists and may be written to.',
      })
    }
    this.#put(`# bongsu-smsc-log 1 ${Date.now()}\n`)
    this.#timer = setInterval(() => this.flush(), flushMs)
  }

  /** @param view of this frame. */
  submit(bind: number, frame: Buffer, view: SubmitView, messageId: string, now: number): void {
    const { destination, part, parts, reference } = view
    const concat = reference === undefined ? '-' : reference.toString(16)
    const hash = this.#hashOf(view.userData(frame).toString('latin1'))
    const sequence = frame.readUInt32BE(12)
    this.#line(now, `submit\t${bind}\t${sequence}\t${messageId}\t${destination}\t${part}/${parts}\t${concat}\t${hash}`)
  }

  refuse(bind: number, sequence: number, status: number, destination: string, now: number): void {
    this.#line(now, `refuse\t${bind}\t${sequence}\t${statusName(status)}\t${clean(destination)}`)
  }

  receipt(bind: number, sequence: number, id: string, state: ReceiptState): void {
    this.#line(performance.now(), `receipt\t${bind}\t${sequence}\t${id}\t${state}`)
  }

  acknowledged(bind: number, sequence: number, id: string, status: number): void {
    this.#line(performance.now(), `ack\t${bind}\t${sequence}\t${id}\t${statusName(status)}`)
  }

  /** Any other event, which is rare. @param fields may come from the ESME: control characters become `?`. */
  note(event: 'text' | 'bind' | 'refused' | 'unbind' | 'closed' | 'fault', bind: number, ...fields: string[]): void {
    this.#line(performance.now(), [event, bind, ...fields.map(clean)].join('\t'))
  }

  /** Writes what is gathered. */
  flush(): void {
    for (let at = 0; at < this.#length; ) at += writeSync(this.#file, this.#buffer, at, this.#length - at)
    this.#length = 0
  }

  close(): void {
    clearInterval(this.#timer)
    this.flush()
    closeSync(this.#file)
  }

  #line(now: number, text: string): void {
    this.#put(`${Math.floor(now - this.#origin)}\t${text}\n`)
  }

  #put(line: string): void {
    if (this.#length + longestLine > size) this.flush()
    this.#length += this.#buffer.write(line, this.#length, 'latin1')
  }

  #hashOf(text: string): string {
    const known = this.#hashes.get(text)
    if (known !== undefined) return known
    const hash = createHash('sha256').update(text, 'latin1').digest('hex').slice(0, 16)
    if (this.#hashes.size === knownTexts) this.#hashes.clear()
    this.#hashes.set(text, hash)
    return hash
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would break the lines of the log.
const control = /[\0-\x1f\x7f]/g

function clean(text: string): string {
  return text.replace(control, '?').slice(0, 100)
}
