import Type from 'typebox'
import { maskMsisdn } from '../lib/mask.ts'
import type { CodingName } from '../smpp/text/codings.ts'
import { decodeText } from '../smpp/text/decode.ts'
import type { InboxPart, InboxText } from '../store/inbox/inbox-page.ts'
import { nullable, timestamp } from './schemas.ts'

export const inboxTextSchema = Type.Object(
  {
    id: Type.Integer(),
    receivedAt: timestamp('When its first part was kept'),
    carrier: nullable(Type.String()),
    kind: Type.Enum(['text', 'delivery-ack', 'user-ack'], {
      description: 'A text, or what a handset says of a text of ours: that it was delivered, or read',
    }),
    from: Type.String({ description: 'Masked unless numbers=full' }),
    to: Type.String({ description: 'Our number' }),
    text: nullable(Type.String({ description: '[…] stands for parts that have not come; null where it is no text' })),
    hex: nullable(Type.String({ description: 'The octets of the parts that came, where text is null' })),
    parts: Type.Integer(),
    missing: Type.Array(Type.Integer(), { description: 'Parts that have not come' }),
    word: nullable(
      Type.Enum(['stop', 'start'], { description: 'The whole text was a word to stop or to start again' }),
    ),
    mission: nullable(Type.String({ description: 'The responsible one; null: the consular call centre' })),
    answers: nullable(
      Type.Object(
        { broadcastId: Type.Integer(), alertId: nullable(Type.String()), seq: Type.Integer() },
        { description: 'The last message that the number was sent within a week; alertId is null for an entry text' },
      ),
    ),
    handledAt: nullable(timestamp('When somebody took care of it')),
    handledBy: nullable(Type.String()),
  },
  { title: 'InboxText' },
)

export function inboxTextView(row: InboxText, numbers: 'masked' | 'full') {
  const { received, broadcastId, alertId, seq } = row
  const came = new Set(received.map(({ part }) => part))
  const text = textOf(row)
  return {
    id: row.id,
    receivedAt: row.receivedAt,
    carrier: row.carrier,
    kind: row.kind,
    from: numbers === 'full' ? row.source : maskMsisdn(row.source),
    to: row.destination,
    text: text ?? null,
    hex: text === undefined ? received.map((part) => bodyOf(part).toString('hex')).join(' ') : null,
    parts: row.parts,
    missing: Array.from({ length: row.parts }, (_, i) => i + 1).filter((part) => !came.has(part)),
    word: row.word,
    mission: row.mission,
    answers: broadcastId === null ? null : { broadcastId, alertId, seq },
    handledAt: row.handledAt,
    handledBy: row.handledBy,
  }
}

const gap = ' […] '

/** Parts that follow each other are read as one: a phone may cut a character in two. */
function textOf({ received, parts }: InboxText): string | undefined {
  let text = ''
  let last: InboxPart | undefined
  for (let i = 0; i < received.length; ) {
    const run = runFrom(received, i)
    const [first] = run as [InboxPart]
    const body = Buffer.concat(run.map(bodyOf))
    const read = first.coding === null ? undefined : decodeText(body, first.coding as CodingName)
    if (read === undefined) return undefined
    text += (first.part === (last?.part ?? 0) + 1 ? '' : gap) + read
    last = run.at(-1)
    i += run.length
  }
  return (last?.part === parts ? text : text + gap).trim()
}

function runFrom(received: readonly InboxPart[], at: number): InboxPart[] {
  const first = received[at] as InboxPart
  const end = received.findIndex(
    ({ part, coding }, i) => i > at && (part !== first.part + i - at || coding !== first.coding),
  )
  return received.slice(at, end === -1 ? undefined : end)
}

const bodyOf = ({ raw, headerOctets }: InboxPart) => raw.subarray(headerOctets)
