import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { EventLog } from '../../src/simulator/event-log.ts'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { encodeText } from '../../src/smpp/text/encode.ts'
import { submit } from './esme.ts'
import { closeAll, esmeOf, messageIdOf, smscWith, unboundOf } from './rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'smsc-log-'))
let logs = 0
const newLog = () => join(folder, `${++logs}.log`)

afterEach(closeAll)
afterAll(() => rmSync(folder, { recursive: true }))

/** The events of a log without their times, after its first line. */
function eventsOf(path: string): string[][] {
  const text = readFileSync(path, 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.split('\n').slice(0, -1)
  const times = lines.slice(1).map((line) => Number(line.split('\t')[0]))
  expect(times.every((time) => Number.isInteger(time) && time >= 0)).toBe(true)
  return lines.slice(1).map((line) => line.split('\t').slice(1))
}

const hashOf = (text: string | Buffer) => createHash('sha256').update(text).digest('hex').slice(0, 16)

describe('the log', () => {
  it('tells one message from its bind to its end', async () => {
    const log = newLog()
    const smsc = await smscWith({ log, receipts: { delayMs: 1, idInReceipt: 'decimal', idInResponse: 'hex' } })
    const esme = await esmeOf(smsc)
    const id = messageIdOf(await esme.request(submit()))
    await expect.poll(() => smsc.stats().receiptsAcknowledged).toBe(1)
    await esme.request({ command: 'unbind' })
    await esme.closed
    const before = Date.now()
    await smsc.close()
    expect(eventsOf(log)).toEqual([
      ['bind', '1', 'transceiver', 'test'],
      ['submit', '1', '2', id, '821012345678', '1/1', '-', hashOf('Leave the coast now')],
      ['receipt', '1', '1', id, 'DELIVRD'],
      ['ack', '1', '1', id, 'ESME_ROK'],
      ['unbind', '1', 'esme'],
      ['closed', '1', 'unbound'],
    ])
    const [, version, epoch] = /^# bongsu-smsc-log (\d) (\d+)\n/.exec(readFileSync(log, 'utf8')) ?? []
    expect(version).toBe('1')
    expect(before - Number(epoch)).toBeLessThan(60_000)
  })

  it('tells the parts of a long text and the hash of each without its header', async () => {
    const profile = { alphabet: 'gsm7', unicode: 'ucs2', segmentOctets: 140, reserveOctets: 0, maxSegments: 6 } as const
    for (const long of ['udh', 'sar'] as const) {
      const log = newLog()
      const smsc = await smscWith({ log })
      const esme = await esmeOf(smsc)
      const { segments, esmClass } = encodeText('b'.repeat(200), { ...profile, long }, 0x1234)
      for (const { shortMessage, tlvs } of segments) {
        await esme.request({ ...submit({ short_message: shortMessage, esm_class: esmClass }), ...(tlvs && { tlvs }) })
      }
      await smsc.close()
      const parts = eventsOf(log).filter(([event]) => event === 'submit')
      const header = long === 'udh' ? 7 : 0
      expect(parts.map((fields) => fields.slice(5))).toEqual(
        segments.map(({ shortMessage }, i) => [`${i + 1}/2`, '1234', hashOf(shortMessage.subarray(header))]),
      )
    }
  })

  it('hashes what message_payload carries', async () => {
    const log = newLog()
    const smsc = await smscWith({ log })
    const esme = await esmeOf(smsc)
    const text = Buffer.from('c'.repeat(300))
    await esme.request({ ...submit({ short_message: Buffer.alloc(0) }), tlvs: { message_payload: text } })
    await smsc.close()
    expect(eventsOf(log).find(([event]) => event === 'submit')?.[7]).toBe(hashOf(text))
  })

  it('tells refusals, cuts and faults', async () => {
    const log = newLog()
    const smsc = await smscWith({ log, password: 'secret', tps: 1, faults: { malformed: 0 } })
    const wrong = await unboundOf(smsc)
    await wrong.request({ command: 'bind_receiver', fields: { system_id: 'a\tb\n', password: 'no' } })
    await wrong.closed
    const esme = await esmeOf(smsc)
    await esme.request(submit({ destination_addr: 'x\n' }))
    await esme.request(submit())
    smsc.stall(1)
    await esme.request({ command: 'enquire_link' })
    smsc.dropConnections()
    await smsc.close()
    expect(eventsOf(log)).toEqual([
      ['refused', '1', 'ESME_RINVPASWD', 'a?b?'],
      ['closed', '1', 'bind refused'],
      ['bind', '2', 'transceiver', 'test'],
      ['refuse', '2', '2', 'ESME_RINVDSTADR', 'x?'],
      ['refuse', '2', '3', 'ESME_RTHROTTLED', '821012345678'],
      ['fault', '2', 'stall', '1'],
      ['closed', '2', 'cut'],
    ])
  })

  it('of a second run follows that of the first', async () => {
    const log = newLog()
    for (let i = 0; i < 2; i++) await (await startSmsc({ log })).close()
    expect(readFileSync(log, 'utf8').match(/^# bongsu-smsc-log 1 /gm)).toHaveLength(2)
  })

  it('keeps every message when there are many', async () => {
    const log = newLog()
    const smsc = await smscWith({ log, receipts: { delayMs: 0 } })
    const esme = await esmeOf(smsc)
    esme.sendAll(Array.from({ length: 20_000 }, () => submit()))
    await expect.poll(() => smsc.stats().receiptsAcknowledged).toBe(20_000)
    await smsc.close()
    const events = eventsOf(log)
    const idsOf = (name: string, at: number) => events.filter(([event]) => event === name).map((fields) => fields[at])
    const ids = esme.all('submit_sm_resp').map(messageIdOf)
    expect(idsOf('submit', 3)).toEqual(ids)
    expect(new Set(idsOf('receipt', 3))).toEqual(new Set(ids))
    expect(new Set(idsOf('ack', 3))).toEqual(new Set(ids))
  })

  it('keeps what comes faster than it is written', () => {
    const path = newLog()
    const log = new EventLog(path)
    for (let i = 1; i <= 50_000; i++) log.receipt(1, i, `M${i}`, 'DELIVRD')
    log.close()
    const events = eventsOf(path)
    expect(events.length).toBe(50_000)
    expect(events.every((fields, i) => fields[3] === `M${i + 1}`)).toBe(true)
  })

  it('that cannot be written is a problem before anybody binds', async () => {
    await expect(startSmsc({ log: join(folder, 'no', 'such', 'folder') })).rejects.toMatchObject({
      name: 'Problem',
      code: 'cannot-open-log',
    })
  })
})
