import { describe, expect, it } from 'vitest'
import { readReceipt } from '../../src/dispatch/receipt.ts'
import type { Delivery } from '../../src/smpp/codec/delivery.ts'
import { testProfile } from './profile.ts'

const profile = testProfile(2775)

function read(text: string, change: Partial<Delivery> = {}) {
  const delivery: Delivery = {
    pdu: Buffer.from(`pdu of ${text}`),
    sequence: 1,
    esmClass: 4,
    sourceAddr: '821012345678',
    destinationAddr: '82232100404',
    dataCoding: 0,
    text: Buffer.from(text),
    receiptedMessageId: undefined,
    messageState: undefined,
    networkErrorCode: undefined,
    ...change,
  }
  return readReceipt(delivery, profile, 3, 5000)
}

describe('a receipt as it comes', () => {
  it.each([
    ['DELIVRD', 'delivered'],
    ['EXPIRED', 'expired'],
    ['DELETED', 'cancelled'],
    ['UNDELIV', 'failed'],
    ['REJECTD', 'failed'],
    ['UNKNOWN', 'unconfirmed'],
    ['ENROUTE', 'submitted'],
    ['ACCEPTD', 'submitted'],
  ])('%s makes the message %s', (stat, state) => {
    expect(read(`id:7 stat:${stat} err:012`)).toMatchObject({ carrierNo: 3, smscId: '7', state, finalAt: 5000 })
  })

  it('names the number that the message went to, with or without a plus', () => {
    expect(read('id:7 stat:DELIVRD')?.msisdn).toBe('821012345678')
    expect(read('id:7 stat:DELIVRD', { sourceAddr: '+821012345678' })?.msisdn).toBe('821012345678')
    expect(read('id:7 stat:DELIVRD', { sourceAddr: 'BONGSU' })?.msisdn).toBeUndefined()
  })

  it('keeps its error where it is one, and only what the database can keep', () => {
    expect(read('id:7 stat:UNDELIV err:012')?.error).toBe(12)
    expect(read('id:7 stat:UNDELIV err:9999999999')?.error).toBeUndefined()
    expect(read('id:7 stat:UNDELIV err:abc')?.error).toBeUndefined()
    expect(read('id:7 stat:DELIVRD err:000')?.error).toBeUndefined()
  })

  it('is none when it is a text from a phone', () => {
    expect(read('id:7 stat:DELIVRD err:000', { esmClass: 0 })).toBeUndefined()
    expect(read('hello')).toBeUndefined()
  })
})
