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
  /** Of this page, the newest first. */
  readonly alerts: readonly PublishedAlert[]
  /** The alert that the page before ended with; undefined on the first. */
  readonly after: string | undefined
  /** Whether older ones follow on another page. */
  readonly more: boolean
  readonly signed: boolean
}

const ATOM = 'http://www.w3.org/2005/Atom'
const CAP = 'urn:oasis:names:tc:emergency:cap:1.2'

const titles: Partial<Record<Status, string>> = {
  Exercise: '[EXERCISE] Exercise alerts, not real',
  Test: '[TEST] Test alerts, not real',
}

/**
 * The alerts as an Atom feed (RFC 4287), or a page of it (RFC 5005 §3). Addresses are relative to the feed's own: it does not know
 * under which name it is reached. Nothing in it tells how many people were told, or whom.
 */
export function writeFeed(feed: Feed): string {
  const { status, updated, alerts } = feed
  return renderXml('feed', ATOM, [
    ['id', feedId(feed)],
    ['title', titles[status] ?? 'Safety alerts'],
    [
      'subtitle',
      feed.signed ? undefined : 'This feed is not signed: nothing shows that it was not changed on its way.',
    ],
    ['updated', updated.toISOString()],
    ['author', [['name', 'bongsu']]],
    ...links(feed),
    ...alerts.map((alert): Element => ['entry', entry(alert)]),
  ])
}

/** A page begins after an alert and not at a number: what comes and goes while somebody pages neither repeats nor hides one. */
function links({ status, alerts, after, more }: Feed): Element[] {
  const own: [string, string][] = status === 'Actual' ? [] : [['status', status]]
  const address = (last: string | undefined) => {
    const query = new URLSearchParams(last === undefined ? own : [...own, ['after', last]]).toString()
    return query === '' ? 'cap.atom' : `cap.atom?${query}`
  }
  const link = (rel: string, href: string): Element => ['link', undefined, { rel, type: 'application/atom+xml', href }]
  const last = alerts.at(-1)
  return [
    link('self', address(after)),
    ...(more || after !== undefined ? [link('first', address(undefined))] : []),
    ...(more && last !== undefined ? [link('next', address(last.id))] : []),
  ]
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
    ...capElements({
      status: document.status,
      msgType: document.msgType,
      event: first.event,
      urgency: first.urgency,
      severity: first.severity,
      certainty: first.certainty,
      expires: first.expires,
      areaDesc: [...areas].join('; '),
    }),
  ]
}

function capElements(values: Readonly<Record<string, string | undefined>>): Element[] {
  return Object.entries(values).flatMap(([name, value]): Element[] =>
    value === undefined || value === '' ? [] : [[`cap:${name}`, value, { 'xmlns:cap': CAP }]],
  )
}

/** CAP writes UTC as `-00:00`, which RFC 3339 keeps for an unknown offset. */
const rfc3339 = (time: string) => time.replace(/-00:00$/, 'Z')

/** A UUID of version 8 (RFC 9562 §5.8). */
function feedId({ installation, status }: Feed): string {
  const hex = createHash('sha256').update(`${installation} ${status}`).digest('hex')
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
