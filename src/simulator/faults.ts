import { Problem } from '../lib/problem.ts'
import { checkShare } from './mix.ts'

/** What goes wrong on the connections. Each interval is a mean: the times between are drawn anew, by the seed. */
export interface FaultOptions {
  /** A bind is cut with answers pending, this often; ms. */
  dropEveryMs?: number
  /** A bind falls silent with TCP up, this often: nothing is read, answered or sent; ms. */
  stallEveryMs?: number
  /** For how long; 5,000 ms by default. */
  stallForMs?: number
  /** The SMSC unbinds in mid-flow, this often; ms. */
  unbindEveryMs?: number
  /** A command_length that cannot be is sent, this often: the boundaries between PDUs are lost; ms. */
  brokenEveryMs?: number
  /** Octets read a second from each connection at most. */
  slowReadBytesPerS?: number
  /** Share of writes that are torn at random octets; the others are held and glued together. */
  fragment?: number
  /** Share of PDUs before which a damaged one is sent. */
  malformed?: number
  /** The SMSC sends an enquire_link this often, and cuts an ESME that was silent since the last; ms. */
  enquireLinkMs?: number
}

/** The options with their defaults, checked. */
export type Faults = { readonly [K in keyof FaultOptions]-?: FaultOptions[K] | undefined } & {
  readonly stallForMs: number
}

/** How often each thing that an SMSC was told to do wrong has happened. */
export interface FaultCounts {
  bindErrors: number
  /** submit_sm refused because the destination's queue is full. */
  fullQueues: number
  /** Responses without the message_id. */
  withoutId: number
  /** Receipts overtaken by later ones. */
  reordered: number
  /** ENROUTE and ACCEPTD receipts sent. */
  intermediate: number
  drops: number
  stalls: number
  unbinds: number
  brokenStreams: number
  /** Damaged PDUs sent. */
  damaged: number
  /** Writes torn into pieces. */
  torn: number
  /** Writes that held more than was meant to go together. */
  glued: number
  /** Times that a connection was read from slowly: octets were left waiting. */
  slowReads: number
  /** ESMEs cut because they did not answer enquire_link. */
  silent: number
}

export function noFaultsYet(): FaultCounts {
  return {
    bindErrors: 0,
    fullQueues: 0,
    withoutId: 0,
    reordered: 0,
    intermediate: 0,
    drops: 0,
    stalls: 0,
    unbinds: 0,
    brokenStreams: 0,
    damaged: 0,
    torn: 0,
    glued: 0,
    slowReads: 0,
    silent: 0,
  }
}

/** @throws Problem for an interval or a rate that is not above 0, or a share outside 0 to 1. */
export function faultsOf(options: FaultOptions): Faults {
  return {
    dropEveryMs: positive(options.dropEveryMs, 'faults.dropEveryMs'),
    stallEveryMs: positive(options.stallEveryMs, 'faults.stallEveryMs'),
    stallForMs: positive(options.stallForMs ?? 5000, 'faults.stallForMs') as number,
    unbindEveryMs: positive(options.unbindEveryMs, 'faults.unbindEveryMs'),
    brokenEveryMs: positive(options.brokenEveryMs, 'faults.brokenEveryMs'),
    slowReadBytesPerS: positive(options.slowReadBytesPerS, 'faults.slowReadBytesPerS'),
    fragment: share(options.fragment, 'faults.fragment'),
    malformed: share(options.malformed, 'faults.malformed'),
    enquireLinkMs: positive(options.enquireLinkMs, 'faults.enquireLinkMs'),
  }
}

function positive(value: number | undefined, where: string): number | undefined {
  if (value === undefined || (value > 0 && Number.isFinite(value))) return value
  throw new Problem('bad-number', `${value} is not a number above 0`, { where })
}

function share(value: number | undefined, where: string): number | undefined {
  return value === undefined ? undefined : checkShare(value, where)
}
