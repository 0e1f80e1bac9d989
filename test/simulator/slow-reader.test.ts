import { expect, it } from 'vitest'
import { SlowReader } from '../../src/simulator/slow-reader.ts'

const numbered = (length: number) => Buffer.from(Array.from({ length }, (_, i) => i % 251))

function reader(bytesPerS: number) {
  const taken: Buffer[] = []
  return { slow: new SlowReader(bytesPerS, (slice) => taken.push(Buffer.from(slice))), taken }
}

it('hands on at once what comes no faster than the rate, in however small portions', () => {
  const { slow, taken } = reader(1_000_000)
  for (let i = 0; i < 50; i++) slow.push(numbered(1000))
  expect(taken).toHaveLength(50)
  expect(slow.busy).toBe(false)
})

it('holds back what comes faster, and hands on all of it in its order', async () => {
  const { slow, taken } = reader(1_000_000)
  const octets = numbered(300_000)
  for (let at = 0; at < octets.length; at += 7000) slow.push(octets.subarray(at, at + 7000))
  expect(slow.busy).toBe(true)
  // A tenth of a second's worth, and what the time of these pushes was worth.
  expect(Buffer.concat(taken).length).toBeLessThan(200_000)
  await expect.poll(() => slow.busy).toBe(false)
  expect(Buffer.concat(taken).equals(octets)).toBe(true)
})

it('reads at less than an octet a tick, too, and nothing while it is held', async () => {
  const { slow, taken } = reader(20)
  slow.hold()
  slow.push(numbered(6))
  expect(taken).toEqual([])
  slow.release()
  expect(Buffer.concat(taken).length).toBe(2)
  await expect.poll(() => slow.busy, { timeout: 5000 }).toBe(false)
  expect(Buffer.concat(taken).equals(numbered(6))).toBe(true)
  slow.stop()
})
