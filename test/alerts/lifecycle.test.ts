import { describe, expect, it } from 'vitest'
import {
  ACTS,
  type Act,
  type Actor,
  type AlertState,
  apply,
  draft,
  ENGINE,
  PHASES,
  type Phase,
  ROLES,
} from '../../src/alerts/lifecycle.ts'
import { Problem } from '../../src/lib/problem.ts'

const person = (name: string, ...roles: (typeof ROLES)[number][]): Actor => ({ kind: 'person', person: name, roles })
const at = '2024-01-01T07:12:00Z'
const digest = 'd1'
const ada = person('ada', 'composer')
const bo = person('bo', 'approver')

const approval = { by: 'bo', at, digest }
const inAdvance = { alert: 'a1', approval }
const states: Record<Phase, AlertState> = {
  draft: { phase: 'draft', authors: ['ada'] },
  submitted: { phase: 'submitted', authors: ['ada'] },
  approved: { phase: 'approved', authors: ['ada'], approval },
  live: { phase: 'live', authors: ['ada'], approval },
  ended: { phase: 'ended', authors: ['ada'], approval, ended: { reason: 'expired', at } },
}

/** Who may do what, and where each act leads from each phase; what is not here is refused. */
const who: Record<Act, readonly string[]> = {
  edit: ['composer'],
  submit: ['composer'],
  reject: ['approver'],
  discard: ['composer', 'approver'],
  approve: ['approver'],
  'break-glass': ['approver'],
  'approve-in-advance': ['engine'],
  schedule: ['composer', 'approver'],
  unschedule: ['composer', 'approver'],
  overlap: ['engine'],
  decide: ['approver'],
  review: ['approver'],
  launch: ['composer', 'approver'],
  'all-clear': ['engine'],
  cancel: ['engine'],
  supersede: ['engine'],
  expire: ['engine'],
}
const leads: Record<Act, Partial<Record<Phase, string>>> = {
  edit: { draft: 'draft', submitted: 'draft', approved: 'draft' },
  submit: { draft: 'submitted' },
  reject: { submitted: 'draft', approved: 'draft' },
  discard: { draft: 'ended discarded', submitted: 'ended discarded', approved: 'ended discarded' },
  approve: { submitted: 'approved' },
  'break-glass': { draft: 'approved', submitted: 'approved' },
  'approve-in-advance': { draft: 'approved' },
  schedule: { approved: 'approved' },
  unschedule: { approved: 'approved' },
  overlap: { submitted: 'submitted', approved: 'approved', live: 'live' },
  decide: { submitted: 'submitted', approved: 'approved', live: 'live' },
  review: { live: 'live' },
  launch: { approved: 'live' },
  'all-clear': { live: 'ended all-clear' },
  cancel: { live: 'ended cancelled' },
  supersede: { live: 'ended superseded' },
  expire: { draft: 'ended expired', submitted: 'ended expired', approved: 'ended expired', live: 'ended expired' },
}

function show(result: AlertState | Problem): string {
  if (result instanceof Problem) return result.code
  return result.ended === undefined ? result.phase : `${result.phase} ${result.ended.reason}`
}

const everybody: [string, Actor][] = [
  ...ROLES.map((role): [string, Actor] => [role, person('eve', role)]),
  ['engine', ENGINE],
]

describe('every act in every phase by every role', () => {
  for (const act of ACTS) {
    for (const phase of PHASES) {
      it(`${act} of an alert that is ${phase}`, () => {
        for (const [role, actor] of everybody) {
          const result = apply(states[phase], act, { actor, at, digest, reason: 'alone on duty', inAdvance })
          const expected = who[act].includes(role) ? (leads[act][phase] ?? 'wrong-phase') : 'forbidden'
          expect(`${role}: ${show(result)}`).toBe(`${role}: ${expected}`)
        }
      })
    }
  }
})

describe('two people', () => {
  it('lets one write and another approve and launch', () => {
    let state: AlertState | Problem = draft('ada')
    for (const [act, actor] of [
      ['edit', ada],
      ['submit', ada],
      ['approve', bo],
      ['launch', ada],
    ] as const) {
      state = apply(state as AlertState, act, { actor, at, digest })
    }
    expect(state).toEqual({ phase: 'live', authors: ['ada'], approval })
  })

  it('never lets an author approve, by whatever key', () => {
    const both = person('ada', 'composer', 'approver')
    for (const actor of [both, person('ada', 'approver')]) {
      const result = apply(states.submitted, 'approve', { actor, at, digest })
      expect(show(result)).toBe('author-cannot-approve')
    }
  })

  it('counts everybody who edited or submitted as an author', () => {
    const edited = apply(draft('ada'), 'edit', { actor: person('cy', 'composer'), at }) as AlertState
    const submitted = apply(edited, 'submit', { actor: person('di', 'composer'), at }) as AlertState
    expect(submitted.authors).toEqual(['ada', 'cy', 'di'])
    for (const name of submitted.authors) {
      const result = apply(submitted, 'approve', { actor: person(name, 'approver'), at, digest })
      expect(show(result)).toBe('author-cannot-approve')
    }
    expect(show(apply(submitted, 'approve', { actor: bo, at, digest }))).toBe('approved')
  })

  it('keeps administrators out, whatever else they are', () => {
    const actor = person('eve', 'administrator', 'composer', 'approver')
    for (const act of ['edit', 'submit', 'approve', 'break-glass', 'launch', 'discard', 'reject'] as const) {
      for (const phase of PHASES) {
        expect(show(apply(states[phase], act, { actor, at, digest, reason: 'x' }))).toBe('forbidden')
      }
    }
  })
})

describe('an approval', () => {
  it('is void after any edit', () => {
    const edited = apply(states.approved, 'edit', { actor: ada, at })
    expect(edited).toEqual({ phase: 'draft', authors: ['ada'] })
  })

  it('holds for what was approved only', () => {
    expect(show(apply(states.approved, 'launch', { actor: ada, at, digest: 'd2' }))).toBe('approval-void')
    expect(show(apply(states.approved, 'launch', { actor: ada, at }))).toBe('approval-void')
  })

  it('needs a digest', () => {
    expect(show(apply(states.submitted, 'approve', { actor: bo, at }))).toBe('digest-missing')
    expect(show(apply(states.draft, 'break-glass', { actor: bo, at, reason: 'x' }))).toBe('digest-missing')
  })
})

describe('breaking the glass', () => {
  const alone = person('ada', 'composer', 'approver')

  it('lets a lone duty officer approve what he wrote, for everybody to see', () => {
    const state = apply(states.draft, 'break-glass', { actor: alone, at, digest, reason: ' night shift ' })
    expect(state).toEqual({
      phase: 'approved',
      authors: ['ada'],
      approval: { by: 'ada', at, digest, glassBroken: 'night shift' },
    })
    const live = apply(state as AlertState, 'launch', { actor: alone, at, digest }) as AlertState
    expect(live.approval?.glassBroken).toBe('night shift')
  })

  it('needs a reason', () => {
    for (const reason of [undefined, ' ']) {
      const context = { actor: alone, at, digest, ...(reason === undefined ? {} : { reason }) }
      expect(show(apply(states.draft, 'break-glass', context))).toBe('reason-missing')
    }
  })
})

describe('a live alert', () => {
  it('is corrected, not edited', () => {
    const result = apply(states.live, 'edit', { actor: ada, at }) as Problem
    expect([result.status, result.hint]).toEqual([409, expect.stringMatching(/Update or a Cancel/)])
  })

  it('keeps its approval when it ends', () => {
    expect(apply(states.live, 'cancel', { actor: ENGINE, at })).toEqual({
      phase: 'ended',
      authors: ['ada'],
      approval,
      ended: { reason: 'cancelled', at },
    })
  })
})

it('changes no state in place', () => {
  const frozen = Object.freeze({ ...states.draft, authors: Object.freeze(['ada']) as readonly string[] })
  expect(apply(frozen, 'submit', { actor: person('cy', 'composer'), at })).not.toBe(frozen)
  expect(frozen.authors).toEqual(['ada'])
})
