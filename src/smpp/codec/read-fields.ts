import { DamagedPdu } from './errors.ts'
import type { Destination, Field, UnsuccessfulDestination } from './fields.ts'
import { commandStatus } from './status.ts'

const empty = Buffer.alloc(0)

/** Where the NUL of the C-octet string at `at` stands; the frame's end when it has none. */
export function endOfCstring(frame: Buffer, at: number): number {
  let end = at
  while (end < frame.length && frame[end] !== 0) end++
  return end
}

/** Walks a frame; every read past its end is a DamagedPdu. */
class Cursor {
  readonly #frame: Buffer
  at: number

  constructor(frame: Buffer, at: number) {
    this.#frame = frame
    this.at = at
  }

  get atEnd(): boolean {
    return this.at >= this.#frame.length
  }

  u8(name: string): number {
    const value = this.#frame[this.at]
    if (value === undefined) throw this.damaged(name, commandStatus.ESME_RINVCMDLEN)
    this.at++
    return value
  }

  u32(name: string): number {
    if (this.at + 4 > this.#frame.length) throw this.damaged(name, commandStatus.ESME_RINVCMDLEN)
    this.at += 4
    return this.#frame.readUInt32BE(this.at - 4)
  }

  /** @param mayLackNul whether the frame may end where the NUL should be. */
  cstring(name: string, mayLackNul: boolean): string {
    const end = endOfCstring(this.#frame, this.at)
    if (end === this.#frame.length && !mayLackNul) throw this.damaged(name, commandStatus.ESME_RINVCMDLEN)
    const value = this.#frame.toString('latin1', this.at, end)
    this.at = Math.min(end + 1, this.#frame.length)
    return value
  }

  octets(name: string): Buffer {
    const length = this.u8(name)
    const end = this.at + length
    if (end > this.#frame.length) throw this.damaged(name, commandStatus.ESME_RINVMSGLEN)
    const value = this.#frame.subarray(this.at, end)
    this.at = end
    return value
  }

  damaged(name: string, status: number): DamagedPdu {
    return new DamagedPdu(`the PDU ends inside ${name}`, {
      commandId: this.#frame.readUInt32BE(4),
      sequence: this.#frame.readUInt32BE(12),
      status,
    })
  }
}

/**
 * Reads the mandatory fields from `start`. A response may end before any of them (the rest are 0 and empty); a request may
 * lack only the NUL of its last one.
 */
export function readFields(
  frame: Buffer,
  start: number,
  specs: readonly Field[],
  response: boolean,
): { fields: Record<string, unknown>; end: number } {
  const cursor = new Cursor(frame, start)
  const fields: Record<string, unknown> = {}
  for (const [i, spec] of specs.entries()) {
    fields[spec.name] =
      response && cursor.atEnd ? absent(spec) : read(cursor, spec, response || i === specs.length - 1, response)
  }
  return { fields, end: cursor.at }
}

function absent(spec: Field): unknown {
  switch (spec.type) {
    case 'u8':
      return 0
    case 'cstring':
      return ''
    case 'octets':
      return empty
    default:
      return []
  }
}

function read(cursor: Cursor, spec: Field, mayLackNul: boolean, response: boolean): unknown {
  switch (spec.type) {
    case 'u8':
      return cursor.u8(spec.name)
    case 'cstring':
      return cursor.cstring(spec.name, mayLackNul)
    case 'octets':
      return cursor.octets(spec.name)
    case 'destinations':
      return destinations(cursor, spec.name)
    case 'unsuccessful':
      return unsuccessful(cursor, spec.name, response)
  }
}

function destinations(cursor: Cursor, name: string): Destination[] {
  const list: Destination[] = []
  for (let left = cursor.u8(name); left > 0; left--) {
    const flag = cursor.u8(name)
    if (flag === 1) {
      list.push({
        dest_addr_ton: cursor.u8(name),
        dest_addr_npi: cursor.u8(name),
        destination_addr: cursor.cstring(name, false),
      })
    } else if (flag === 2) {
      list.push({ dl_name: cursor.cstring(name, false) })
    } else {
      throw cursor.damaged(name, commandStatus.ESME_RINVDESTFLAG)
    }
  }
  return list
}

function unsuccessful(cursor: Cursor, name: string, response: boolean): UnsuccessfulDestination[] {
  const list: UnsuccessfulDestination[] = []
  for (let left = cursor.u8(name); left > 0 && !(response && cursor.atEnd); left--) {
    list.push({
      dest_addr_ton: cursor.u8(name),
      dest_addr_npi: cursor.u8(name),
      destination_addr: cursor.cstring(name, false),
      error_status_code: cursor.u32(name),
    })
  }
  return list
}
