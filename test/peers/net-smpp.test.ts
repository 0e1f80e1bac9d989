import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'
import { findPerlWith } from '../support/program.ts'

const perl = findPerlWith('Net::SMPP', 'libnet-smpp-perl')
const children: ChildProcess[] = []
let smsc: Smsc | undefined
let bench: Bench | undefined

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  await smsc?.close()
  await bench?.close()
  smsc = undefined
  bench = undefined
})

/** Runs a Perl script of this folder; `lines` grows as it prints. */
function run(script: string, ...args: string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(perl as string, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  let text = ''
  child.stdout.setEncoding('latin1').on('data', (more: string) => {
    text += more
  })
  const lines = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'))
  return { lines, ended: once(child, 'close') }
}

describe.skipIf(perl === undefined)("Perl's Net::SMPP", () => {
  it('as an ESME binds to the simulated SMSC, sends GSM, UCS-2 and UDH, gets its receipts and unbinds', async () => {
    smsc = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 }, record: true })
    const { lines, ended } = run('esme.pl', String(smsc.port), 'secret')
    expect((await ended)[0]).toBe(0)
    const named = (name: string) => lines().filter(([first]) => first === name)
    const ids = smsc.recorded.map(({ messageId }) => messageId)
    expect(named('bound')).toEqual([['bound', '0', 'bongsu-smsc']])
    expect(named('answer')).toEqual(ids.map((id) => ['answer', '0', id]))
    expect(named('receipt').map((fields) => fields.slice(1, 4))).toEqual(ids.map((id) => ['4', id, '2']))
    for (const [i, fields] of named('receipt').entries()) expect(fields[4]).toMatch(`id:${ids[i]} sub:001 dlvrd:001`)
    expect(named('alive')).toEqual([['alive', '0']])
    expect(named('query')).toEqual([['query', '0', ids[3], '2']])
    expect(named('unbound')).toEqual([['unbound', '0']])
    expect(smsc.recorded.map(({ dataCoding, esmClass, shortMessage }) => [dataCoding, esmClass, shortMessage])).toEqual(
      [
        [0, 0, Buffer.from('Leave the coast \x1b\x65')],
        [8, 0, Buffer.from('b300d53c', 'hex')],
        [0, 0x40, Buffer.from('\x05\x00\x03\x77\x02\x01part 1')],
        [0, 0x40, Buffer.from('\x05\x00\x03\x77\x02\x02part 2')],
      ],
    )
    expect(smsc.stats()).toMatchObject({ submits: 4, receiptsAcknowledged: 4, malformed: 0, binds: 0 })
  })

  it('as an ESME is told of a wrong password', async () => {
    smsc = await startSmsc({ password: 'secret' })
    const { lines, ended } = run('esme.pl', String(smsc.port), 'wrong')
    await ended
    expect(lines()[0]?.slice(0, 2)).toEqual(['bound', String(0x0e)])
  })

  it('as an SMSC takes a broadcast of our dispatcher, unbinds in the middle of it, and everybody is delivered', async () => {
    const { lines } = run('smsc.pl', '80')
    await expect.poll(() => lines()[0]?.[0]).toBe('port')
    bench = await dispatchBench()
    const engine = await bench.dispatch(testProfile(Number(lines()[0]?.[1]), ['binds: 1', 'window: 20']))
    const id = await bench.broadcast(200)
    await bench.until(id, { delivered: 200 })
    await engine.stop()
    const count = (name: string, second?: string) =>
      lines().filter((line) => line[0] === name && (second === undefined || line[1] === second)).length
    expect(lines().filter(([name]) => name === 'bind')).toEqual([
      ['bind', '1', 'bongsu', String(0x34)],
      ['bind', '2', 'bongsu', String(0x34)],
    ])
    expect(count('unbound', 'by us')).toBe(1)
    await expect.poll(() => count('unbound', 'by the ESME')).toBe(1)
    expect(count('alive')).toBe(2)
    // Those of the first session that are committed after it has ended are not acknowledged any more.
    expect(count('acknowledged', '0')).toBeGreaterThanOrEqual(100)
    expect(count('acknowledged')).toBe(count('acknowledged', '0'))
  })
})
