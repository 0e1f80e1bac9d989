import type { Shape } from '../geo/zone.ts'

/**
 * An alert as CAP 1.2 has it (OASIS CAP-v1.2 §3.2), as plain JSON-serialisable values: no Date, no class, no undefined,
 * so that it survives a jsonb column and a digest. Repeated elements keep CAP's singular names and are empty when absent;
 * optional single elements are missing when absent. Times are texts in CAP's form (`2024-01-01T16:10:00+09:00`).
 */

/** CAP 1.2 §3.2.1: identifier and sender hold no white space, comma, `<` or `&`; references could not name them. */
export const IDENTIFIER_PATTERN = '^[^\\s,<&]+$'

export const STATUSES = ['Actual', 'Exercise', 'System', 'Test', 'Draft'] as const
export type Status = (typeof STATUSES)[number]

export const MSG_TYPES = ['Alert', 'Update', 'Cancel', 'Ack', 'Error'] as const
export type MsgType = (typeof MSG_TYPES)[number]

export const SCOPES = ['Public', 'Restricted', 'Private'] as const
export type Scope = (typeof SCOPES)[number]

export const CATEGORIES = [
  'Geo',
  'Met',
  'Safety',
  'Security',
  'Rescue',
  'Fire',
  'Health',
  'Env',
  'Transport',
  'Infra',
  'CBRNE',
  'Other',
] as const
export type Category = (typeof CATEGORIES)[number]

export const RESPONSE_TYPES = [
  'Shelter',
  'Evacuate',
  'Prepare',
  'Execute',
  'Avoid',
  'Monitor',
  'Assess',
  'AllClear',
  'None',
] as const
export type ResponseType = (typeof RESPONSE_TYPES)[number]

export const URGENCIES = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] as const
export type Urgency = (typeof URGENCIES)[number]

/** Worst first. */
export const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const
export type Severity = (typeof SEVERITIES)[number]

export const CERTAINTIES = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] as const
export type Certainty = (typeof CERTAINTIES)[number]

export interface NamedValue {
  valueName: string
  value: string
}

/** One earlier message: `sender,identifier,sent` in CAP. */
export interface Reference {
  sender: string
  identifier: string
  sent: string
}

export interface Area {
  areaDesc: string
  /** CAP's polygons and circles, and what only our JSON can say: holes, countries. Positions are lon, lat in degrees. */
  shapes: Shape[]
  geocode: NamedValue[]
  /** Feet above mean sea level (CAP §3.2.4); kept, never used for choosing people. */
  altitude?: number
  /** Feet above mean sea level; only with altitude. */
  ceiling?: number
}

/** A file that goes with an info (CAP §3.2.3). What it holds itself (`derefUri`) is not kept: files do not travel by SMS. */
export interface Resource {
  resourceDesc: string
  mimeType: string
  /** Octets. */
  size?: number
  uri?: string
  /** SHA-1, as CAP has it. */
  digest?: string
}

export interface Info {
  /** BCP 47; `en-US` where CAP leaves it out (§3.2.2). */
  language: string
  category: Category[]
  event: string
  responseType: ResponseType[]
  urgency: Urgency
  severity: Severity
  certainty: Certainty
  audience?: string
  eventCode: NamedValue[]
  effective?: string
  onset?: string
  expires?: string
  senderName?: string
  headline?: string
  description?: string
  instruction?: string
  web?: string
  contact?: string
  parameter: NamedValue[]
  /** Missing where there is none. */
  resources?: Resource[]
  areas: Area[]
}

export interface Alert {
  identifier: string
  sender: string
  sent: string
  status: Status
  msgType: MsgType
  source?: string
  scope: Scope
  restriction?: string
  addresses: string[]
  code: string[]
  note?: string
  references: Reference[]
  incidents: string[]
  infos: Info[]
}

/** Something that was taken otherwise than it was written, or left out: shown to the author, never an error. */
export interface Note {
  /** XML path or JSON pointer. */
  where: string
  message: string
}

/** A finding that does not stand against a launch, but should be seen before approval. */
export interface Warning {
  code: string
  message: string
  where?: string
  hint?: string
}

/** The worst severity of any info; Unknown where there is none. */
export function severityOf(alert: Alert): Severity {
  return SEVERITIES.find((severity) => alert.infos.some((info) => info.severity === severity)) ?? 'Unknown'
}

/** An Update that says the danger is over: each of its infos has responseType AllClear. */
export function isAllClear(alert: Alert): boolean {
  return (
    alert.msgType === 'Update' &&
    alert.infos.length > 0 &&
    alert.infos.every((info) => info.responseType.includes('AllClear'))
  )
}

/** The earliest `expires` of any info, in epoch milliseconds: nothing is sent after it. */
export function expiresAt(alert: Alert): number | undefined {
  const times = alert.infos.flatMap((info) => (info.expires === undefined ? [] : [Date.parse(info.expires)]))
  return times.length === 0 ? undefined : Math.min(...times)
}

/** The same message: identifier and sender as written, sent as an instant, because the offset may be written otherwise. */
export function refersTo(reference: Reference, alert: Pick<Alert, 'sender' | 'identifier' | 'sent'>): boolean {
  return (
    reference.sender === alert.sender &&
    reference.identifier === alert.identifier &&
    Date.parse(reference.sent) === Date.parse(alert.sent)
  )
}
