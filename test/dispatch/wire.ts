import { Socket } from 'node:net'
import { BusiestSecond } from '../../src/simulator/rate.ts'
import { commandId } from '../../src/smpp/codec/commands.ts'

/** What this process writes to its sockets, noted at the moment of the write: there a contract is judged. */
export interface Wire {
  /** Most submit_sm's in any sliding second. */
  readonly busiest: number
  /** When each submit_sm was written; ms. */
  readonly times: readonly number[]
  stop(): void
}

/** Watches every TCP socket of this process until `stop`. */
export function watchWire(): Wire {
  const busiest = new BusiestSecond()
  const times: number[] = []
  const original = Socket.prototype.write
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof original>) {
    const [octets] = args
    if (Buffer.isBuffer(octets)) {
      for (let i = submits(octets); i > 0; i--) {
        const now = performance.now()
        busiest.note(now)
        times.push(now)
      }
    }
    return original.apply(this, args)
  } as typeof original
  return {
    get busiest() {
      return busiest.highest
    },
    times,
    stop() {
      Socket.prototype.write = original
    },
  }
}

/** submit_sm's in a buffer of whole PDUs; 0 for anything else. */
function submits(octets: Buffer): number {
  let n = 0
  for (let at = 0; at + 16 <= octets.length; ) {
    const length = octets.readUInt32BE(at)
    if (length < 16 || at + length > octets.length) return 0
    if (octets.readUInt32BE(at + 4) === commandId.submit_sm) n++
    at += length
  }
  return n
}
