import { submitTemplate } from '../../src/smpp/codec/submit-template.ts'
import { parseReceipt } from '../../src/smpp/receipt.ts'
import { Link } from '../../src/smpp/session/link.ts'
import { describeEnd } from '../../src/smpp/session/state.ts'
import { encodeText } from '../../src/smpp/text/encode.ts'
import { type Pushing, type PushOptions, servePushes } from './pusher.ts'
import { Ticks } from './ticks.ts'

/** Our stack alone, Link and Session, doing what the node-smpp peer does. */
function bindAll(options: PushOptions): Promise<Pushing> {
  const { port, systemId, password, window, binds } = options
  const ticks = new Ticks()
  const encoded = encodeText(options.text, {
    alphabet: 'gsm7',
    unicode: 'ucs2',
    long: 'refuse',
    segmentOctets: 140,
    reserveOctets: 0,
    maxSegments: 1,
  })
  const template = submitTemplate({
    fields: {
      source_addr: options.source,
      registered_delivery: 1,
      data_coding: encoded.dataCoding,
      short_message: encoded.segments[0]!.shortMessage,
    },
  })
  let next = options.firstDestination
  let left = 0
  let up = 0
  const fills: (() => void)[] = []
  return new Promise((resolve) => {
    const links = Array.from({ length: binds }, (_, startAt): Link<string> => {
      const fill = () => {
        const { session } = link
        if (!session || left === 0) return
        for (let n = Math.min(session.free, left); n > 0; n--) {
          left--
          const destination = String(next++)
          session.submit(template, destination, destination)
        }
      }
      const link: Link<string> = new Link<string>(
        {
          kind: 'transceiver',
          systemId,
          password,
          systemType: '',
          window,
          timers: { enquireLinkMs: 30_000, responseMs: 10_000 },
          addresses: [{ host: '127.0.0.1', port, tls: false }],
          startAt,
          reconnectMs: [1000, 1000],
        },
        {
          bound() {
            if (++up === binds) resolve(pushing)
          },
          answered(destination, status, messageId) {
            if (status !== 0) throw new Error(`submit_sm refused with ${status}`)
            ticks.accepted(messageId, destination)
          },
          unanswered() {
            throw new Error('a submit_sm was not answered')
          },
          delivered(delivery, acknowledge) {
            acknowledge(0)
            const receipt = parseReceipt(delivery, { idInReceipt: 'string' })
            if (receipt?.state === 'DELIVRD') ticks.reported(receipt.id)
          },
          room: fill,
          closed(end) {
            if (end.kind !== 'unbound') throw new Error(describeEnd(end))
          },
        },
      )
      fills.push(fill)
      return link
    })
    const pushing: Pushing = {
      push(messages) {
        const done = ticks.expect(messages)
        left = messages
        for (const fill of fills) fill()
        return done
      },
      async close() {
        await Promise.all(links.map((link) => link.stop()))
      },
    }
    for (const link of links) link.start()
  })
}

await servePushes(bindAll)
