/** What people did, as the timeline says it; an act that is not here is shown by its name. */
const acts: Readonly<Record<string, string>> = {
  'alert.create': 'wrote it',
  'alert.edit': 'changed it',
  'alert.submit': 'submitted it',
  'alert.reject': 'sent it back',
  'alert.discard': 'discarded it',
  'alert.approve': 'approved it',
  'alert.break-glass': 'approved it ALONE (broke the glass)',
  'alert.launch': 'launched it',
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
