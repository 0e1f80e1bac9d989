import { Socket } from 'node:net'
import { BusiestSecond } from '../src/simulator/rate.ts'
import { commandId } from '../src/smpp/codec/commands.ts'
import { Framer } from '../src/smpp/codec/framer.ts'

/** What left this process toward one SMSC: the socket writes themselves, not what the engine thinks of them. */
export class WireLog {
  /** When, by `performance.now()`, and how many submit_sm each write to a socket carried. */
  readonly at: number[] = []
  readonly count: number[] = []
  readonly #busiest = new BusiestSecond()
  #responses = 0
  #responseMs = 0

  /** Highest number of submit_sm in any sliding second. */
  get busiestSecond(): number {
    return this.#busiest.highest
  }

  /** From the write of a submit_sm to its response, ms; of one submit_sm in `sampling` on each bind. */
  get meanResponseMs(): number {
    return this.#responseMs / this.#responses
  }

  wrote(now: number, submits: number): void {
    this.at.push(now)
    this.count.push(submits)
    for (let i = 0; i < submits; i++) this.#busiest.note(now)
  }

  answered(ms: number): void {
    this.#responses++
    this.#responseMs += ms
  }
}

const sampling = 4
const original = Socket.prototype.write
const logs = new Map<number, WireLog>()

/**
 * Wraps `net.Socket.prototype.write` of this process and listens in on the same sockets: submit_sm to `port` of any host are in the
 * log from now on. A session writes whole PDUs, so a write needs no memory of the last one.
 */
export function listenIn(port: number): WireLog {
  const log = new WireLog()
  logs.set(port, log)
  Socket.prototype.write = write as typeof original
  return log
}

/** Takes the wrap away. */
export function stopListening(): void {
  Socket.prototype.write = original
  logs.clear()
}

const samples = new WeakMap<Socket, Map<number, number>>()

function write(this: Socket, data: Buffer, ...rest: []): boolean {
  const result = original.call(this, data, ...rest)
  const log = this.remotePort === undefined ? undefined : logs.get(this.remotePort)
  if (!log) return result
  // After the call: the kernel has it now, and no write is judged earlier than it was.
  const now = performance.now()
  const open = samples.get(this) ?? hearAnswers(this, log)
  let submits = 0
  for (let at = 0; at < data.length; at += data.readUInt32BE(at)) {
    if (data.readUInt32BE(at + 4) !== commandId.submit_sm) continue
    submits++
    const sequence = data.readUInt32BE(at + 12)
    if (sequence % sampling === 0) open.set(sequence, now)
  }
  if (submits > 0) log.wrote(now, submits)
  return result
}

/** From the first write on, the bind request, or the framing would be out of step. */
function hearAnswers(socket: Socket, log: WireLog): Map<number, number> {
  const open = new Map<number, number>()
  samples.set(socket, open)
  const framer = new Framer()
  socket.on('data', (chunk: Buffer) => {
    const now = performance.now()
    framer.push(chunk)
    for (let frame = framer.next(); frame; frame = framer.next()) {
      if (frame.readUInt32BE(4) !== commandId.submit_sm_resp) continue
      const sequence = frame.readUInt32BE(12)
      const sentAt = open.get(sequence)
      if (sentAt === undefined) continue
      open.delete(sequence)
      log.answered(now - sentAt)
    }
  })
  return open
}
