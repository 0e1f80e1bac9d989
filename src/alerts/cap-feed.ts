import { createHash } from 'node:crypto'
import type { Alert, Status } from './model.ts'
import { markOf, messageText } from './text.ts'
import { type Element, renderXml } from './xml-write.ts'

/** An alert that was launched. */
export interface PublishedAlert {
  readonly id: string
  readonly document: Alert
  readonly launchedAt: Date
}

export interface Feed {
  readonly status: Status
  /** Something that is of this installation only and stays: the feed's id is made of it. */
  readonly installation: string
  /** When an alert last came or went. */
  readonly updated: Date
  /** In force first. */
  readonly alerts: readonly PublishedAlert[]
  readonly signed: boolean
}

const ATOM = 'http://www.w3.org/2005/Atom'
const CAP = 'urn:oasis:names:tc:emergency:cap:1.2'

const titles: Partial<Record<Status, string>> = {
  Exercise: '[EXERCISE] Exercise alerts, not real',
  Test: '[TEST] Test alerts, not real',
}

/**
 * The alerts as an Atom feed (RFC 4287). Addresses are relative to the feed's own: it does not know under which name it is reached.
 * Nothing in it tells how many people were told, or whom.
 */
export function writeFeed(feed: Feed): string {
  const { status, updated, alerts } = feed
  const self = status === 'Actual' ? 'cap.atom' : `cap.atom?status=${status}`
  return renderXml(
    'feed',
    ATOM,
    [
      ['id', feedId(feed)],
      ['title', titles[status] ?? 'Safety alerts'],
      [
        'subtitle',
        feed.signed ? undefined : 'This feed is not signed: nothing shows that it was not changed on its way.',
      ],
      ['updated', updated.toISOString()],
      ['author', [['name', 'bongsu']]],
      ['link', undefined, { rel: 'self', type: 'application/atom+xml', href: self }],
      ...alerts.map((alert): Element => ['entry', entry(alert)]),
    ],
    { 'xmlns:cap': CAP },
  )
}

function entry({ id, document, launchedAt }: PublishedAlert): Element[] {
  const [first] = document.infos
  if (first === undefined) throw new Error(`the alert ${id} was launched without an info`)
  const title = first.headline ?? first.event
  const mark = markOf(document.status, first.language)
  const areas = new Set(document.infos.flatMap((info) => info.areas.map(({ areaDesc }) => areaDesc)))
  return [
    ['id', `urn:uuid:${id}`],
    ['title', mark === undefined || title.startsWith(mark) ? title : `${mark} ${title}`],
    ['updated', launchedAt.toISOString()],
    ['published', rfc3339(document.sent)],
    ['author', [['name', first.senderName ?? document.sender]]],
    ['link', undefined, { rel: 'alternate', type: 'application/cap+xml', href: `cap/${id}.xml` }],
    ['summary', messageText(document, first)],
    ['cap:status', document.status],
    ['cap:msgType', document.msgType],
    ['cap:event', first.event],
    ['cap:urgency', first.urgency],
    ['cap:severity', first.severity],
    ['cap:certainty', first.certainty],
    ['cap:expires', first.expires],
    ['cap:areaDesc', [...areas].join('; ')],
  ]
}

/** CAP writes UTC as `-00:00`, which RFC 3339 keeps for an unknown offset. */
const rfc3339 = (time: string) => time.replace(/-00:00$/, 'Z')

/** A UUID of version 8 (RFC 9562 §5.8). */
function feedId({ installation, status }: Feed): string {
  const hex = createHash('sha256').update(`${installation} ${status}`).digest('hex')
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
