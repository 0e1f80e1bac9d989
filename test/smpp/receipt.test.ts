import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/smpp/codec/delivery.ts'
import { normaliseId } from '../../src/smpp/message-id.ts'
import { isReceipt, parseReceipt, type Receipt } from '../../src/smpp/receipt.ts'

const asString = { idInReceipt: 'string' } as const

function delivery(text: string | Buffer, more: Partial<Delivery> = {}): Delivery {
  return {
    pdu: Buffer.alloc(0),
    sequence: 1,
    esmClass: 0x04,
    sourceAddr: '821012345678',
    destinationAddr: '82232100404',
    dataCoding: 0,
    text: Buffer.from(text as string),
    receiptedMessageId: undefined,
    messageState: undefined,
    networkErrorCode: undefined,
    ...more,
  }
}

describe('parseReceipt', () => {
  it('reads the text of SMPP 3.4 appendix B', () => {
    const text =
      'id:0123456789 sub:001 dlvrd:001 submit date:2611210304 done date:2611210306 stat:DELIVRD err:000 text:Hello'
    const { id, state, err, submittedAt, doneAt } = parseReceipt(delivery(text), asString) as Receipt
    expect({ id, state, err, submittedAt, doneAt }).toEqual({
      id: '0123456789',
      state: 'DELIVRD',
      err: '000',
      submittedAt: new Date('2026-11-21T03:04:00Z'),
      doneAt: new Date('2026-11-21T03:06:00Z'),
    })
  })

  it.each([
    ['sub and dlvrd left out', 'id:77 submit date:2611210304 done date:2611210306 stat:EXPIRED err:1', 'EXPIRED', '1'],
    ['stat:FAILED', 'id:77 stat:FAILED err:042', 'UNDELIV', '042'],
    ['a space after err:', 'id:77 sub:001 dlvrd:000 stat:UNDELIV err: 042 text:', 'UNDELIV', '042'],
    ['lower case', 'id:77 stat:delivrd err:0', 'DELIVRD', '0'],
    ['the long word', 'id:77 stat:DELIVERED err:0000', 'DELIVRD', '0000'],
    ['capitals and no space', 'ID:77 SUB:1 DLVRD:1 STAT:REJECTD ERR:00ff TEXT:none', 'REJECTD', '00ff'],
    ['a buffered message', 'id:77 stat:BUFFRED err:000', 'ENROUTE', '000'],
    ['another order', 'stat:DELETED id:77 text:', 'DELETED', undefined],
    [
      'words of the message that look like fields',
      'id:77 stat:ACCEPTD text:id:99 stat:DELIVRD err:1',
      'ACCEPTD',
      undefined,
    ],
  ])('takes %s', (_, text, state, err) => {
    expect(parseReceipt(delivery(text), asString)).toMatchObject({ id: '77', state, err })
  })

  it.each([
    ['260102150405', '2026-01-02T15:04:05Z'],
    ['2601021504', '2026-01-02T15:04:00Z'],
    ['20260102150405', '2026-01-02T15:04:05Z'],
    ['202601021504', '2026-01-02T15:04:00Z'],
    ['260102150405+0900', '2026-01-02T06:04:05Z'],
    ['2601021504050036+'.replace('00', '0'), '2026-01-02T06:04:05Z'],
  ])('reads the date %s', (written, expected) => {
    const receipt = parseReceipt(delivery(`id:1 done date:${written} stat:DELIVRD`), asString)
    expect(receipt?.doneAt).toEqual(new Date(expected))
  })

  it.each(['2613402599', '0000000000', '26010215', '2602301200'])('leaves the date %s out', (written) => {
    const receipt = parseReceipt(delivery(`id:1 done date:${written} stat:DELIVRD`), asString)
    expect(receipt).toMatchObject({ state: 'DELIVRD', doneAt: undefined })
  })

  it('prefers the TLVs', () => {
    const receipt = parseReceipt(
      delivery('id:9 stat:ENROUTE err:005', { receiptedMessageId: '10', messageState: 2 }),
      asString,
    )
    expect(receipt).toMatchObject({ id: '10', state: 'DELIVRD', err: '005' })
  })

  it('needs no text where the TLVs say everything', () => {
    const only = delivery('', {
      receiptedMessageId: 'x1',
      messageState: 5,
      networkErrorCode: Buffer.of(3, 0x01, 0x02),
    })
    expect(parseReceipt(only, asString)).toMatchObject({ id: 'x1', state: 'UNDELIV', err: '258' })
  })

  it.each([
    [0, 'ENROUTE'],
    [1, 'ENROUTE'],
    [2, 'DELIVRD'],
    [3, 'EXPIRED'],
    [4, 'DELETED'],
    [5, 'UNDELIV'],
    [6, 'ACCEPTD'],
    [7, 'UNKNOWN'],
    [8, 'REJECTD'],
    [9, 'SKIPPED'],
  ])('reads message_state %d as %s', (messageState, state) => {
    expect(parseReceipt(delivery('', { receiptedMessageId: '1', messageState }), asString)?.state).toBe(state)
  })

  it('falls back to the text where message_state is none that exists', () => {
    expect(parseReceipt(delivery('id:1 stat:EXPIRED', { messageState: 77 }), asString)?.state).toBe('EXPIRED')
  })

  it.each([
    ['UTF-16, high octet first', (text: string) => Buffer.from(text, 'utf16le').swap16()],
    ['UTF-16, low octet first', (text: string) => Buffer.from(text, 'utf16le')],
    ['ASCII labelled UCS-2', (text: string) => Buffer.from(text)],
  ])('reads a receipt in %s', (_, encode) => {
    const text = encode('id:a_@$1 stat:UNDELIV err:001')
    expect(parseReceipt(delivery(text, { dataCoding: 8 }), asString)).toMatchObject({ id: 'a_@$1', state: 'UNDELIV' })
  })

  it('skips a UDH', () => {
    const text = Buffer.concat([Buffer.of(2, 0x70, 0), Buffer.from('id:5 stat:DELIVRD')])
    expect(parseReceipt(delivery(text, { esmClass: 0x44 }), asString)).toMatchObject({ id: '5' })
  })

  it('takes an intermediate notification, and a receipt whose esm_class was forgotten', () => {
    expect(parseReceipt(delivery('id:5 stat:ENROUTE', { esmClass: 0x20 }), asString)?.state).toBe('ENROUTE')
    const forgotten = delivery('', { esmClass: 0, receiptedMessageId: '5', messageState: 2 })
    expect(parseReceipt(forgotten, asString)?.state).toBe('DELIVRD')
  })

  it('does not let a text from a phone forge one', () => {
    const forged = delivery('id:5 sub:001 dlvrd:001 stat:DELIVRD err:000', { esmClass: 0 })
    expect(isReceipt(forged)).toBe(false)
    expect(parseReceipt(forged, asString)).toBeUndefined()
  })

  it('gives nothing for a receipt that names no message or no known state, which is still a receipt', () => {
    for (const text of ['stat:DELIVRD err:000', 'id:5 stat:WHATEVER', 'id:5', 'gibberish', '']) {
      expect(isReceipt(delivery(text))).toBe(true)
      expect(parseReceipt(delivery(text), asString)).toBeUndefined()
    }
  })

  it('normalises the id by the profile', () => {
    expect(parseReceipt(delivery('id:00FF stat:DELIVRD'), { idInReceipt: 'hex' })?.id).toBe('255')
  })
})

describe('normaliseId', () => {
  it.each([
    ['hexadecimal and decimal', ['1A2B3C4D', 'hex'], ['439041101', 'decimal']],
    ['beyond 2^53', ['FFFFFFFFFFFFFFFF', 'hex'], ['18446744073709551615', 'decimal']],
    ['one beyond the first', ['20000000000001', 'hex'], ['9007199254740993', 'decimal']],
    ['another case', ['abcdef', 'hex'], ['ABCDEF', 'hex']],
    ['lost leading zeros', ['000123', 'decimal'], ['123', 'decimal']],
    ['leading zeros in hexadecimal', ['000000ff', 'hex'], ['0xFF', 'hex']],
    ['white space', [' A-1 ', 'string'], ['A-1', 'string']],
    ['an id that is no number after all', ['3F2A-XYZ', 'hex'], ['3f2a-xyz', 'hex']],
    ['zero', ['0000', 'decimal'], ['0', 'hex']],
  ] as const)('makes equal: %s', (_, a, b) => {
    expect(normaliseId(a[0], a[1])).toBe(normaliseId(b[0], b[1]))
  })

  it.each([
    ['neighbours beyond 2^53', ['9007199254740992', 'decimal'], ['9007199254740993', 'decimal']],
    ['case in opaque ids', ['abC', 'string'], ['abc', 'string']],
    ['leading zeros in opaque ids', ['01', 'string'], ['1', 'string']],
  ] as const)('keeps apart: %s', (_, a, b) => {
    expect(normaliseId(a[0], a[1])).not.toBe(normaliseId(b[0], b[1]))
  })

  it.each(['string', 'hex', 'decimal'] as const)(
    'bounds ids longer than SMPP allows, and keeps them apart: %s',
    (form) => {
      const long = '7'.repeat(4000)
      expect(normaliseId(long, form)).toMatch(/^[\da-f]{64}$/)
      expect(normaliseId(` ${long} `, form)).toBe(normaliseId(long, 'string'))
      expect(normaliseId(`${long}1`, form)).not.toBe(normaliseId(long, form))
    },
  )

  it('leaves an id of 64 characters as it is', () => {
    const longest = 'x'.repeat(64)
    expect(normaliseId(longest, 'string')).toBe(longest)
  })
})
