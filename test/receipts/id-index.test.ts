import { describe, expect, it } from 'vitest'
import { IdIndex } from '../../src/receipts/id-index.ts'

const ref = (seq: number, carrierNo = 1) => ({
  broadcastId: 1,
  seq,
  attempt: 1,
  carrierNo,
  msisdn: '821000000001',
  parts: 1,
  at: 0,
})

describe('the index of SMSC ids', () => {
  it('finds an id of its carrier until its final receipt has come', () => {
    const ids = new IdIndex()
    ids.add(ref(1), 1, 'a')
    ids.add(ref(2, 2), 1, 'a')
    expect([ids.find(1, 'a')?.seq, ids.find(2, 'a')?.seq, ids.find(3, 'a')]).toEqual([1, 2, undefined])
    ids.settle(1, 'a')
    expect([ids.find(1, 'a'), ids.find(2, 'a')?.seq]).toEqual([undefined, 2])
  })

  it('knows the newest 150,000 that wait, however many came and were settled before', () => {
    const ids = new IdIndex()
    for (let n = 1; n <= 1_000_000; n++) {
      ids.add(ref(n), 1, `${n}`)
      // One in ten waits for ever.
      if (n % 10 !== 0) ids.settle(1, `${n}`)
    }
    for (let n = 1_000_000; n > 0; n -= 10) expect(ids.find(1, `${n}`)?.seq).toBe(n)
    expect(ids.find(1, '999999')).toBeUndefined()
    for (let n = 1; n <= 300_000; n++) ids.add(ref(n), 1, `later-${n}`)
    expect(ids.find(1, '1000000')).toBeUndefined()
    expect(ids.find(1, 'later-150001')?.seq).toBe(150_001)
  })

  it('settles what has grown old', () => {
    const ids = new IdIndex()
    for (let n = 1; n <= 200_000; n++) ids.add(ref(n), 1, `${n}`)
    expect(ids.find(1, '5')?.seq).toBe(5)
    ids.settle(1, '5')
    expect(ids.find(1, '5')).toBeUndefined()
  })
})
