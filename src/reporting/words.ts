import { time } from './figures.ts'
import { notToldApart } from './small-counts.ts'

/** What people did, as the timeline says it; an act that is not here is shown by its name. */
const acts: Readonly<Record<string, string>> = {
  'alert.create': 'wrote it',
  'alert.edit': 'changed it',
  'alert.submit': 'submitted it',
  'alert.reject': 'sent it back',
  'alert.discard': 'discarded it',
  'alert.approve': 'approved it',
  'alert.break-glass': 'approved it: BROKE THE GLASS to do so',
  'alert.approve-in-advance': 'took over the approval of what it takes back',
  'alert.schedule': 'scheduled its launch',
  'alert.unschedule': 'took back the scheduled launch',
  'alert.launch-refused': 'refused to launch it as scheduled',
  'alert.overlap': 'found that it meets another issuer’s',
  'alert.decide': 'decided between it and another issuer’s',
  'alert.launch': 'launched it',
  'alert.pause': 'paused for its review',
  'alert.review': 'looked at it again: it still holds',
  'alert.all-clear': 'ended it: all-clear',
  'alert.cancel': 'ended it: cancelled',
  'alert.supersede': 'ended it: superseded',
  'alert.expire': 'ended it: expired',
  'broadcast.first-submit': 'first message on the wire',
  'broadcast.selected': 'everybody was found',
  'broadcast.withdrawn': 'withdrew what was queued',
  'broadcast.closed': 'every message is final',
}

export const actWords = (what: string): string => acts[what] ?? what

/** Until when an alert told nobody who entered. */
export const pauseEnd = (until: string | null): string =>
  until === null ? 'until now: it tells nobody who enters' : `until ${time(until)}: it told nobody who entered`

const reasons: Readonly<Record<string, string>> = {
  resident: 'residents with a place in the zone',
  roamer: 'roamers with a place in the zone',
  'resident-unplaced': 'residents of whom only the country is known',
  'roamer-unplaced': 'roamers of whom only the country is known',
  'late-entrant': 'came in later',
  'other-number': 'another number of somebody who was not reached on the first',
  apart: 'counted, but left out by the rules',
}

export const reasonWords = (reason: string): string => reasons[reason] ?? reason

/** Of a failure: which carrier was to carry it. */
export const carrierWords = (carrier: string | null): string =>
  carrier === null ? 'none' : carrier === notToldApart ? 'several' : carrier

/** `maxRecipients` as `max recipients`. */
export const ruleWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
