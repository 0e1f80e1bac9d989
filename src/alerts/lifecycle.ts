import { Problem } from '../lib/problem.ts'

export const ROLES = ['viewer', 'composer', 'approver', 'administrator', 'auditor', 'carrier'] as const
export type Role = (typeof ROLES)[number]

/** Who acts: a person, by the roles of the key or session he uses, or the engine itself. */
export type Actor = { kind: 'person'; person: string; roles: readonly Role[] } | { kind: 'engine' }

export const ENGINE: Actor = { kind: 'engine' }

/**
 * draft: being written. submitted: waits for the second person. approved: may be launched as it is, and only as it is.
 * live: messages go out, late entrants are told. ended: nothing goes out any more, for ever.
 */
export const PHASES = ['draft', 'submitted', 'approved', 'live', 'ended'] as const
export type Phase = (typeof PHASES)[number]

export type EndReason = 'all-clear' | 'cancelled' | 'expired' | 'superseded' | 'discarded'

export interface Approval {
  by: string
  /** ISO 8601. */
  at: string
  /** `digestOf` what was approved. */
  digest: string
  /** Set where one person alone approved: why. Everybody sees it. */
  glassBroken?: string
  /** Of a retraction or an all-clear in words that were approved with the alert that it takes back: the id of that alert. */
  inAdvance?: string
}

/** Where an alert stands, as plain JSON. */
export interface AlertState {
  phase: Phase
  /** Everybody who wrote or submitted any of it, as persons, whatever key they used. None of them can approve it. */
  authors: readonly string[]
  approval?: Approval
  ended?: { reason: EndReason; at: string }
}

/**
 * `all-clear`, `cancel`, `supersede` and `expire` are what the engine does to a live alert when an all-clear, a Cancel or an Update that
 * refers to it is launched, or its time is up: the two people stand behind that other alert. `approve-in-advance` carries their approval
 * over to what takes that alert back, in the words that they approved with it.
 *
 * `schedule`, `unschedule`, `overlap`, `decide` and `review` leave the state as it is: they say when it is launched, that another
 * issuer's alert is for the same people (`overlap`, by the engine) and what was decided about that, and that a standing alert still holds.
 */
export const ACTS = [
  'edit',
  'submit',
  'reject',
  'discard',
  'approve',
  'break-glass',
  'approve-in-advance',
  'schedule',
  'unschedule',
  'overlap',
  'decide',
  'launch',
  'review',
  'all-clear',
  'cancel',
  'supersede',
  'expire',
] as const
export type Act = (typeof ACTS)[number]

export interface ActContext {
  actor: Actor
  /** ISO 8601. */
  at: string
  /** `digestOf` the alert as it is now; needed to approve, to break the glass and to launch. */
  digest?: string
  /** Why; needed to break the glass, to decide between two alerts and to review one. */
  reason?: string
  /** Needed to approve in advance: the alert that is taken back, and how it was approved. */
  inAdvance?: { alert: string; approval: Approval }
}

interface Rule {
  from: readonly Phase[]
  /** Roles of which one is needed; `engine` where no person may. */
  who: readonly Role[] | 'engine'
  next: (state: AlertState, context: ActContext) => AlertState | Problem
}

const writers: readonly Role[] = ['composer']
const approvers: readonly Role[] = ['approver']

const rules: Record<Act, Rule> = {
  edit: {
    from: ['draft', 'submitted', 'approved'],
    who: writers,
    next: (state, context) => ({ phase: 'draft', authors: withActor(state, context) }),
  },
  submit: {
    from: ['draft'],
    who: writers,
    next: (state, context) => ({ phase: 'submitted', authors: withActor(state, context) }),
  },
  reject: {
    from: ['submitted', 'approved'],
    who: approvers,
    next: (state) => ({ phase: 'draft', authors: state.authors }),
  },
  discard: {
    from: ['draft', 'submitted', 'approved'],
    who: [...writers, ...approvers],
    next: ended('discarded'),
  },
  approve: {
    from: ['submitted'],
    who: approvers,
    next: (state, context) => {
      if (state.authors.includes(personOf(context))) {
        return refusal('author-cannot-approve', 'Who wrote or submitted an alert cannot approve it', {
          hint: 'Ask a second person. Who is alone and cannot wait may break the glass.',
        })
      }
      return approved(state, context)
    },
  },
  'break-glass': {
    from: ['draft', 'submitted'],
    who: approvers,
    next: (state, context) => {
      const reason = context.reason?.trim()
      if (!reason) return refusal('reason-missing', 'Breaking the glass needs a reason', { status: 422 })
      return approved(state, context, reason)
    },
  },
  'approve-in-advance': {
    from: ['draft'],
    who: 'engine',
    next: (state, { digest, inAdvance }) => {
      if (digest === undefined || inAdvance === undefined) return digestMissing()
      const { alert, approval } = inAdvance
      return { phase: 'approved', authors: state.authors, approval: { ...approval, digest, inAdvance: alert } }
    },
  },
  schedule: { from: ['approved'], who: [...writers, ...approvers], next: ifApproved((state) => state) },
  unschedule: { from: ['approved'], who: [...writers, ...approvers], next: (state) => state },
  overlap: { from: ['submitted', 'approved', 'live'], who: 'engine', next: (state) => state },
  decide: { from: ['submitted', 'approved', 'live'], who: approvers, next: ifReasoned('Deciding between two alerts') },
  launch: {
    from: ['approved'],
    who: [...writers, ...approvers],
    next: ifApproved((state) => ({ ...state, phase: 'live' })),
  },
  review: { from: ['live'], who: approvers, next: ifReasoned('Letting a standing alert go on') },
  'all-clear': { from: ['live'], who: 'engine', next: ended('all-clear') },
  cancel: { from: ['live'], who: 'engine', next: ended('cancelled') },
  supersede: { from: ['live'], who: 'engine', next: ended('superseded') },
  expire: { from: ['draft', 'submitted', 'approved', 'live'], who: 'engine', next: ended('expired') },
}

/** A new alert by `author`, or one that came in from outside with the person of the key that brought it. */
export function draft(author: string): AlertState {
  return { phase: 'draft', authors: [author] }
}

/**
 * The state after `act`, or why not: Problem `forbidden` (403), `author-cannot-approve` (403), `wrong-phase` (409),
 * `approval-void` (409), `digest-missing` (422), `reason-missing` (422). Nothing is changed in place.
 */
export function apply(state: AlertState, act: Act, context: ActContext): AlertState | Problem {
  const rule = rules[act]
  const refused = refuseActor(rule, act, context.actor)
  if (refused !== undefined) return refused
  if (!rule.from.includes(state.phase)) {
    return refusal('wrong-phase', `An alert that is ${state.phase} cannot take "${act}"`, {
      status: 409,
      hint: wrongPhaseHint(state.phase, act) ?? `It has to be ${rule.from.join(' or ')}.`,
    })
  }
  return rule.next(state, context)
}

function refuseActor(rule: Rule, act: Act, actor: Actor): Problem | undefined {
  if (rule.who === 'engine') {
    return actor.kind === 'engine' ? undefined : refusal('forbidden', `"${act}" is the engine's alone`)
  }
  if (actor.kind === 'engine') return refusal('forbidden', `"${act}" needs a person`)
  if (actor.roles.includes('administrator')) {
    return refusal('forbidden', 'Administrators neither compose nor approve alerts', {
      hint: 'Use a key that is not an administrator key.',
    })
  }
  const { who } = rule
  if (actor.roles.some((role) => who.includes(role))) return undefined
  return refusal('forbidden', `"${act}" needs the role ${who.join(' or ')}`)
}

function wrongPhaseHint(phase: Phase, act: Act): string | undefined {
  if (phase === 'live' && (act === 'edit' || act === 'discard')) {
    return 'What people have read cannot be changed: launch an Update or a Cancel that refers to it.'
  }
  return phase === 'ended' ? 'Nothing leads out of an ended alert.' : undefined
}

function approved(state: AlertState, context: ActContext, glassBroken?: string): AlertState | Problem {
  if (context.digest === undefined) return digestMissing()
  const approval: Approval = { by: personOf(context), at: context.at, digest: context.digest }
  if (glassBroken !== undefined) approval.glassBroken = glassBroken
  return { phase: 'approved', authors: state.authors, approval }
}

const digestMissing = () => refusal('digest-missing', 'It has to be said what is approved', { status: 422 })

function ifApproved(next: (state: AlertState) => AlertState): Rule['next'] {
  return (state, { digest }) => {
    if (digest !== undefined && digest === state.approval?.digest) return next(state)
    return refusal('approval-void', 'The alert is not what was approved', {
      status: 409,
      hint: 'Submit it again and have it approved as it is now.',
    })
  }
}

function ifReasoned(what: string): Rule['next'] {
  return (state, { reason }) =>
    reason?.trim() ? state : refusal('reason-missing', `${what} needs a reason`, { status: 422 })
}

function ended(reason: EndReason): Rule['next'] {
  return (state, context) => ({ ...state, phase: 'ended', ended: { reason, at: context.at } })
}

function withActor(state: AlertState, context: ActContext): readonly string[] {
  return [...new Set([...state.authors, personOf(context)])]
}

function personOf({ actor }: ActContext): string {
  if (actor.kind === 'engine') throw new TypeError('the engine is no person')
  return actor.person
}

function refusal(code: string, message: string, options: { status?: number; hint?: string } = {}): Problem {
  return new Problem(code, message, { status: 403, ...options })
}
