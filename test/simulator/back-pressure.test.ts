import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { startSmsc } from '../../src/simulator/smsc.ts'
import { Framer } from '../../src/smpp/codec/framer.ts'
import { encodePdu } from '../../src/smpp/codec/pdu.ts'
import { Esme } from './esme.ts'

const perBatch = 65_536

/** enquire_link's, whose responses are as long as they are, numbered on from `first`. */
function batchFrom(first: number): Buffer {
  const one = encodePdu({ command: 'enquire_link', sequence: 0 })
  const batch = Buffer.alloc(perBatch * one.length)
  for (let i = 0; i < perBatch; i++) {
    one.copy(batch, i * one.length)
    batch.writeUInt32BE(first + i, i * one.length + 12)
  }
  return batch
}

it('stops reading from an ESME that does not read, serves the others, and loses nothing', async () => {
  const smsc = await startSmsc()
  const other = await Esme.bound(smsc.port)
  const slow = connect(smsc.port, '127.0.0.1')
  await once(slow, 'connect')
  slow.pause()
  let sent = 0
  // Write until octets are left over that the SMSC does not take, however long the others are served.
  for (let stuck = false; !stuck; ) {
    expect(sent, 'the SMSC reads on for ever').toBeLessThan(40 * perBatch)
    slow.write(batchFrom(sent + 1))
    sent += perBatch
    for (let left = -1; left !== slow.writableLength; ) {
      left = slow.writableLength
      for (let i = 0; i < 100; i++) await other.request({ command: 'enquire_link' })
    }
    stuck = slow.writableLength > 0
  }
  const framer = new Framer()
  let got = 0
  let wrong = 0
  const all = new Promise<void>((resolve) => {
    slow.on('data', (chunk: Buffer) => {
      framer.push(chunk)
      for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
        got++
        if (frame.readUInt32BE(4) !== 0x80000015 || frame.readUInt32BE(12) !== got) wrong++
      }
      if (got === sent) resolve()
    })
  })
  slow.resume()
  await all
  expect(wrong).toBe(0)
  slow.destroy()
  other.close()
  await smsc.close()
})
