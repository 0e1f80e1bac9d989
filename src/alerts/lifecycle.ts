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
 * refers to it is launched, or its time is up: the two people stand behind that other alert.
 */
export const ACTS = [
  'edit',
  'submit',
  'reject',
  'discard',
  'approve',
  'break-glass',
  'launch',
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
  /** Why; needed to break the glass. */
  reason?: string
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
  launch: {
    from: ['approved'],
    who: [...writers, ...approvers],
    next: (state, context) => {
      if (context.digest === undefined || context.digest !== state.approval?.digest) {
        return refusal('approval-void', 'The alert is not what was approved', {
          status: 409,
          hint: 'Submit it again and have it approved as it is now.',
        })
      }
      return { ...state, phase: 'live' }
    },
  },
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
  if (context.digest === undefined) {
    return refusal('digest-missing', 'It has to be said what is approved', { status: 422 })
  }
  const approval: Approval = { by: personOf(context), at: context.at, digest: context.digest }
  if (glassBroken !== undefined) approval.glassBroken = glassBroken
  return { phase: 'approved', authors: state.authors, approval }
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
