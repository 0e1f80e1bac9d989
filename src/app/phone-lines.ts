import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Problem } from '../lib/problem.ts'
import type { Smsc } from '../simulator/smsc.ts'
import { statusName } from '../smpp/codec/status.ts'

export interface NamedSmsc {
  readonly name: string
  readonly smsc: Smsc
}

/** A line: a text from a phone. */
interface PhoneLine {
  readonly text: string
  readonly from: string
  readonly to: string
  /** Which SMSC is to send it, where several run. */
  readonly carrier: string | undefined
}

/** Sends the texts of NDJSON lines and says what became of each; a bad line is reported and costs nothing else. */
export function takePhoneTexts(input: Readable, smscs: readonly NamedSmsc[], print: (line: string) => void): void {
  let number = 0
  createInterface({ input }).on('line', async (line) => {
    const where = `line ${++number}`
    if (line.trim() === '') return
    try {
      const { text, from, to, carrier } = readLine(line, where)
      const status = await smscOf(smscs, carrier, where).sendText({ source: from, destination: to, text })
      print(`${where}: answered ${statusName(status)}`)
    } catch (error) {
      print(error instanceof Problem ? error.line : `${where}: ${(error as Error).message}`)
    }
  })
}

function readLine(line: string, where: string): PhoneLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new Problem('bad-line', 'this is not JSON', { cause, where, hint: example })
  }
  const { text, from, to, carrier } = (value ?? {}) as Record<string, unknown>
  if (typeof text !== 'string' || typeof from !== 'string' || typeof to !== 'string') {
    throw new Problem('bad-line', 'text, from and to are needed, each a string', { where, hint: example })
  }
  return { text, from, to, carrier: typeof carrier === 'string' ? carrier : undefined }
}

const example = 'Write {"text":"HELP","from":"821012345678","to":"82232100404"}.'

function smscOf(smscs: readonly NamedSmsc[], carrier: string | undefined, where: string): Smsc {
  const found = carrier === undefined && smscs.length === 1 ? smscs[0] : smscs.find(({ name }) => name === carrier)
  if (found) return found.smsc
  throw new Problem('bad-line', carrier === undefined ? 'carrier is needed too' : `there is no carrier "${carrier}"`, {
    where,
    hint: `Known: ${smscs.map(({ name }) => name).join(', ')}.`,
  })
}
