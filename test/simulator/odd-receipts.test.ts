import { afterEach, describe, expect, it } from 'vitest'
import { type ReceiptFormat, receiptFormats } from '../../src/simulator/receipt-format.ts'
import type { ReceiptOptions } from '../../src/simulator/settings.ts'
import type { Pdu } from '../../src/smpp/codec/pdu.ts'
import { normaliseId } from '../../src/smpp/message-id.ts'
import { submit } from './esme.ts'
import { closeAll, esmeOf, messageIdOf, receiptOf, smscWith } from './rig.ts'

afterEach(closeAll)

async function receiptsOf(n: number, receipts: ReceiptOptions, seed = 1) {
  const smsc = await smscWith({ receipts: { delayMs: 1, ...receipts }, seed })
  const esme = await esmeOf(smsc)
  esme.sendAll(Array.from({ length: n }, () => submit()))
  await esme.until(() => esme.all('submit_sm_resp').length === n && esme.all('deliver_sm').length >= n)
  return { smsc, esme, ids: esme.all('submit_sm_resp').map(messageIdOf), got: esme.all('deliver_sm') }
}

const textOf = (pdu: Pdu<'deliver_sm'>) => pdu.fields.short_message.toString('latin1')
const odd: [ReceiptFormat, RegExp][] = [
  ['text', /^id:(\w+) sub:001 dlvrd:000 submit date:\d{10} done date:\d{10} stat:UNDELIV err:027 text:$/],
  ['short', /^id:(\w+) submit date:\d{10} done date:\d{10} stat:UNDELIV err:027 text:$/],
  ['lower-case', /^id:(\w+) .* stat:undeliv err:027 text:$/],
  ['spaced', /^id:(\w+) .* stat: UNDELIV err: 027 text:$/],
  ['four-digits', /^id:(\w+) .* stat:UNDELIV err:0027 text:$/],
  ['seconds', /^id:(\w+) .* submit date:\d{12} done date:\d{12} stat:UNDELIV err:027 text:$/],
  ['labelled', /^id:(\w+) sub:001 .* stat:UNDELIV err:027 text:$/],
]

describe('a receipt', () => {
  it.each(odd)('as %s is a text alone', async (format, pattern) => {
    const { ids, got } = await receiptsOf(1, { format, states: { UNDELIV: 1 } })
    const [pdu] = got as [Pdu<'deliver_sm'>]
    expect(pattern.exec(textOf(pdu))?.[1]).toBe(ids[0])
    expect(pdu.tlvs).toEqual({})
    expect(pdu.fields).toMatchObject({ esm_class: 4, data_coding: format === 'labelled' ? 8 : 0 })
  })

  it('as ucs2 is in UTF-16', async () => {
    const { ids, got } = await receiptsOf(1, { format: 'ucs2', idInReceipt: 'decimal', idInResponse: 'decimal' })
    const [pdu] = got as [Pdu<'deliver_sm'>]
    const text = Buffer.from(pdu.fields.short_message).swap16().toString('utf16le')
    expect(text).toMatch(new RegExp(`^id:${ids[0]} submit date:\\d{10} done date:\\d{10} stat:DELIVRD err:000 text:$`))
    expect(pdu.fields.data_coding).toBe(8)
  })

  it('as no-class says by its TLVs alone that it is one', async () => {
    const { ids, got } = await receiptsOf(1, { format: 'no-class' })
    expect(got[0]).toMatchObject({ fields: { esm_class: 0 }, tlvs: { receipted_message_id: ids[0], message_state: 2 } })
  })

  it('as tlvs has no text', async () => {
    const { ids, got } = await receiptsOf(1, { format: 'tlvs' })
    expect(got[0]).toMatchObject({ fields: { esm_class: 4 }, tlvs: { receipted_message_id: ids[0], message_state: 2 } })
    expect(textOf(got[0] as Pdu<'deliver_sm'>)).toBe('')
  })

  it.each(receiptFormats)('as %s is understood', async (format) => {
    const { ids, got } = await receiptsOf(1, { format, states: { EXPIRED: 1 } })
    expect(receiptOf(got[0] as Pdu)).toMatchObject({ id: ids[0], state: 'EXPIRED' })
  })
})

it('receipts of mixed formats come in all of them, the same with the same seed', async () => {
  const shapes = async (seed: number) => {
    const { got } = await receiptsOf(150, { format: 'mixed' }, seed)
    return got.map(({ fields, tlvs }) => [fields.esm_class, fields.data_coding, Object.keys(tlvs).length].join())
  }
  const [one, same, other] = [await shapes(1), await shapes(1), await shapes(2)]
  expect(same).toEqual(one)
  expect(other).not.toEqual(one)
  expect(new Set(one)).toEqual(new Set(['4,0,2', '4,0,0', '4,8,0', '0,0,2']))
})

it.each([
  ['hex', /^000[\da-f]+$/],
  ['decimal', /^000\d+$/],
] as const)('ids in %s come with zeros in front and in the other case', async (form, pattern) => {
  const { ids, got } = await receiptsOf(100, { idInReceipt: form, idInResponse: form, idVariants: 0.5 })
  const written = got.map(({ tlvs }) => tlvs.receipted_message_id as string)
  const varied = written.filter((id) => pattern.test(id))
  expect(varied.length / 100).toBeCloseTo(0.5, 0)
  expect(varied.length).toBeLessThan(100)
  expect(got.map((pdu) => receiptOf(pdu, form).id)).toEqual(ids.map((id) => normaliseId(id, form)))
  expect(written.filter((id, i) => id !== ids[i]).length).toBe(varied.length)
})

it('some receipts are overtaken by later ones', async () => {
  const { smsc, esme, ids } = await receiptsOf(1, { reorder: 0.3 })
  for (let i = 0; i < 60; i++) await esme.request(submit())
  await esme.until(() => esme.all('deliver_sm').length === 61)
  const sent = [ids[0], ...esme.all('submit_sm_resp').slice(1).map(messageIdOf)]
  const order = esme.all('deliver_sm').map((pdu) => sent.indexOf(receiptOf(pdu).id))
  expect([...order].sort((a, b) => a - b)).toEqual(sent.map((_, i) => i))
  const overtaken = order.filter((at, i) => order.slice(0, i).some((earlier) => earlier > at)).length
  expect(overtaken).toBeGreaterThan(3)
  expect(smsc.stats().faults.reordered).toBeGreaterThanOrEqual(overtaken)
})

it('some messages have an intermediate receipt, mostly before the final one', async () => {
  const { smsc, esme } = await receiptsOf(100, { intermediate: 1, delayMs: 30 })
  await esme.until(() => esme.all('deliver_sm').length === 200)
  const got = esme.all('deliver_sm').map((pdu) => ({ ...receiptOf(pdu), kind: pdu.fields.esm_class }))
  const count = (state: string, kind: number) => got.filter((one) => one.state === state && one.kind === kind).length
  expect(count('ENROUTE', 0x20) + count('ACCEPTD', 0x04)).toBe(100)
  expect(count('ENROUTE', 0x20)).toBeGreaterThan(20)
  expect(count('ACCEPTD', 0x04)).toBeGreaterThan(20)
  const finals = new Set<string>()
  let after = 0
  for (const { id, state } of got) {
    if (state === 'DELIVRD') finals.add(id)
    else if (finals.has(id)) after++
  }
  expect(after).toBeGreaterThan(5)
  expect(after).toBeLessThan(60)
  expect(smsc.stats()).toMatchObject({ perState: { DELIVRD: 100 }, faults: { intermediate: 100 } })
})

it('a hundred thousand stored receipts flow out to the first receiver, a window at a time', async () => {
  const n = 100_000
  const smsc = await smscWith({ receipts: { delayMs: 0, window: 50 } })
  const transmitter = await esmeOf(smsc, 'bind_transmitter')
  for (let sent = 0; sent < n; sent += 10_000) {
    transmitter.sendAll(Array.from({ length: 10_000 }, () => submit()))
    await transmitter.until(() => transmitter.received.length === 1 + sent + 10_000)
  }
  const receiver = await esmeOf(smsc, 'bind_receiver')
  let most = 0
  const ids = new Set<string>()
  const watch = setInterval(() => (most = Math.max(most, unanswered(smsc.stats()))), 1)
  await receiver.until(() => receiver.received.length === 1 + n)
  clearInterval(watch)
  for (const { tlvs } of receiver.all('deliver_sm')) ids.add(tlvs.receipted_message_id as string)
  expect(ids.size).toBe(n)
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(50)
  await expect.poll(() => smsc.stats().receiptsAcknowledged).toBe(n)
})

const unanswered = (stats: { receiptsSent: number; receiptsAcknowledged: number }) =>
  stats.receiptsSent - stats.receiptsAcknowledged
