import { afterEach, expect, it } from 'vitest'
import { scriptedSmsc } from '../field/scripted.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

const throttled = 0x58
let bench: Bench
let smsc: Awaited<ReturnType<typeof scriptedSmsc>>
afterEach(async () => {
  await bench.close()
  await smsc.close()
})

it('a part of a long text that was refused for now is not sent again after the alert has expired', async () => {
  const expires = new Date(Date.now() + 4000)
  const arrivals: { part: number; at: number }[] = []
  smsc = await scriptedSmsc(({ fields, sequence }, connection) => {
    const octets = fields.short_message as Buffer
    // The last octet of the user data header.
    const part = octets[octets[0] as number] as number
    arrivals.push({ part, at: Date.now() })
    if (part === 1) connection.send({ command: 'submit_sm_resp', sequence, fields: { message_id: `m${sequence}` } })
    else connection.send({ command: 'submit_sm_resp', status: throttled, sequence })
  })
  bench = await dispatchBench()
  const id = await bench.broadcast(1, { expires, text: 'a'.repeat(250) })
  await bench.dispatch(testProfile(smsc.port))
  await bench.until(id, { expired: 1 })
  expect(arrivals.filter(({ part }) => part === 2).length).toBeGreaterThan(1)
  expect(arrivals.filter(({ at }) => at > expires.getTime() + 1000)).toEqual([])
})
