import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { afterEach, describe, expect, it } from 'vitest'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'

let bench: Bench
let dir: string | undefined
afterEach(async () => {
  await bench.close()
  if (dir) await rm(dir, { recursive: true })
  dir = undefined
})

/** Sends one text through each carrier. @returns what the SMSC got, in their order. */
async function sendThrough(text: string, ...carriers: [id: string, ...lines: string[]][]) {
  // One SMSC for all of them: a receipt would go to the bind of any.
  bench = await dispatchBench({ receipts: { never: 1 } })
  const broadcasts: number[] = []
  for (const [at, [id]] of carriers.entries()) {
    broadcasts.push(await bench.broadcast(1, { text, route: [id], first: at + 1 }))
  }
  await bench.dispatch(...carriers.map(([id, ...lines]) => testProfile(bench.smsc.port, lines, id)))
  for (const id of broadcasts) await bench.until(id, { submitted: 1 })
  return carriers.map((_, at) => bench.smsc.recorded.find((s) => s.destination.endsWith(`00${at + 1}`)))
}

describe('field 17: data_coding 0 is ambiguous', () => {
  it('it is GSM 03.38, ASCII or Latin-1 by the profile, and a text that does not fit goes out in Unicode', async () => {
    const [gsm, ascii, latin] = await sendThrough(
      'Über [A] @1',
      ['gsm', 'text: { alphabet: gsm7 }'],
      ['ascii', 'text: { alphabet: ascii }'],
      ['latin', 'text: { alphabet: latin1 }'],
    )
    expect(gsm?.dataCoding).toBe(0)
    expect(gsm?.shortMessage.toString('hex')).toBe('5e626572201b3c411b3e200031')
    expect(ascii?.dataCoding).toBe(8)
    expect(ascii?.shortMessage.swap16().toString('utf16le')).toBe('Über [A] @1')
    expect(latin?.dataCoding).toBe(0)
    expect(latin?.shortMessage.toString('latin1')).toBe('Über [A] @1')
  })
})

describe('field 18: Korea', () => {
  it('domestic: EUC-KR as data_coding 0x0E from a numeric sender; roamers: UCS-2', async () => {
    const text = '대피하십시오'
    const [domestic, roaming] = await sendThrough(
      text,
      ['domestic', 'text: { unicode: ksx1001 }', 'source: { ton: 0, npi: 1, addr: "0212345678" }'],
      ['roaming'],
    )
    expect(domestic).toMatchObject({ dataCoding: 0x0e, source: '0212345678' })
    expect(domestic?.shortMessage).toEqual(iconv.encode(text, 'euc-kr'))
    expect(roaming).toMatchObject({ dataCoding: 8, source: '82232100404' })
    expect(roaming?.shortMessage.swap16().toString('utf16le')).toBe(text)
  })

  it('where a carrier does no concatenation, a text of more than one segment fails and is never cut', async () => {
    bench = await dispatchBench()
    const long = await bench.broadcast(2, { text: '즉시 대피하십시오. '.repeat(12), first: 1000 })
    const short = await bench.broadcast(2, { text: '즉시 대피하십시오.' })
    await bench.dispatch(testProfile(bench.smsc.port, ['text: { unicode: ksx1001, long: refuse, segmentOctets: 80 }']))
    await bench.until(short, { delivered: 2 })
    await bench.until(long, { failed: 2 })
    expect(bench.smsc.stats().submits).toBe(2)
  })
})

describe('field 19: splitting', () => {
  it.each([
    // An emoji across the boundary of 67 UTF-16 units, with an odd number before it.
    ['surrogate pairs', `${'가'.repeat(66)}🌊${'나'.repeat(65)}🌊`, 8],
    // An escaped character across the boundary of 153 septets.
    ['GSM escapes', `${'a'.repeat(152)}€${'b'.repeat(151)}[end]`, 0],
  ])('%s stay whole; a 16-bit reference; all parts over one bind, in order', async (_, text, dataCoding) => {
    dir = await mkdtemp(join(tmpdir(), 'bongsu-field-'))
    const log = join(dir, 'smsc.log')
    bench = await dispatchBench({ latencyMs: { mean: 3, jitter: 3 }, log })
    const id = await bench.broadcast(30, { text })
    await bench.dispatch(testProfile(bench.smsc.port, ['binds: 3', 'window: 4']))
    await bench.until(id, { delivered: 30 })
    const { recorded } = bench.smsc
    const parts = recorded.filter(({ destination }) => destination === recorded[0]?.destination)
    expect(parts.map(({ shortMessage }) => [...shortMessage.subarray(0, 3), shortMessage[6]])).toEqual(
      parts.map((_, at) => [6, 8, 4, at + 1]),
    )
    const bodies = parts.map(({ shortMessage }) => shortMessage.subarray(7))
    for (const [at, body] of bodies.entries()) {
      expect(parts[at]?.dataCoding).toBe(dataCoding)
      if (dataCoding === 8) {
        const part = Buffer.from(body).swap16().toString('utf16le')
        expect(() => encodeURIComponent(part), `part ${at + 1} holds no half of a pair`).not.toThrow()
      } else expect(body.at(-1), `part ${at + 1} ends in no escape`).not.toBe(0x1b)
    }
    const whole = Buffer.concat(bodies)
    if (dataCoding === 8) expect(whole.swap16().toString('utf16le')).toBe(text)
    else expect(whole.length).toBe([...text].length + [...text].filter((char) => '€[]'.includes(char)).length)
    await bench.smsc.close()
    const lines = (await readFile(log, 'latin1')).split('\n').map((line) => line.split('\t'))
    const submits = lines.filter(([, event]) => event === 'submit')
    const binds = new Set(submits.map(([, , bind]) => bind))
    expect(binds.size).toBe(3)
    const seen = new Map<string, string[]>()
    for (const [, , bind, , , destination, part] of submits) {
      seen.set(destination as string, [...(seen.get(destination as string) ?? []), `${bind}:${part}`])
    }
    const n = parts.length
    for (const of of seen.values()) {
      const [bind] = (of[0] as string).split(':')
      expect(of).toEqual(parts.map((_, at) => `${bind}:${at + 1}/${n}`))
    }
  })
})
