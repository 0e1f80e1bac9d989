import { describe, expect, test } from 'vitest'
import type { StoredPolicy } from '../../src/entry/model.ts'
import { defaultPolicy, type PolicyPatch } from '../../src/entry/policy.ts'
import { policyFor } from '../../src/entry/policy-for.ts'
import { parsePolicyPatch, policyBounds, policyFields } from '../../src/entry/policy-patch.ts'
import type { Problem } from '../../src/lib/problem.ts'

let ids = 0
const stored = (area: string, patch: PolicyPatch): StoredPolicy => ({ id: ++ids, area, patch })
const where = (countries: string[], regions: string[] = []) => ({ countries, regions })
const night = { from: '22:00', to: '07:00', unlessLevel: null } as const

describe('the policy of a place', () => {
  test('is the default where nothing is set', () => {
    expect(policyFor(where(['JP']), [])).toEqual({ policy: defaultPolicy, ids: [] })
    expect(policyFor(where([]), [stored('JP', { enabled: false })]).policy).toEqual(defaultPolicy)
  })

  test('is put together field by field: everywhere, the country, its regions from the widest on', () => {
    const everywhere = stored('*', { coolDownHours: 10, delaySeconds: 10, returnMinutes: 10, quiet: night })
    const country = stored('GB', { delaySeconds: 20, returnMinutes: 20 })
    const wide = stored('GB-ENG', { returnMinutes: 30, transitMinutes: 30 })
    const narrow = stored('GB-WSM', { transitMinutes: 40, quiet: null })
    const policies = [narrow, wide, country, everywhere, stored('FR', { enabled: false })]
    const here = policyFor(where(['GB'], ['GB-ENG', 'GB-WSM']), policies)
    expect(here.policy).toEqual({
      ...defaultPolicy,
      coolDownHours: 10,
      delaySeconds: 20,
      returnMinutes: 30,
      transitMinutes: 40,
      quiet: null,
    })
    expect(here.ids).toEqual([everywhere.id, country.id, wide.id, narrow.id])
    // Of whom no place is known the country is known only.
    expect(policyFor(where(['GB']), policies).policy).toMatchObject({
      returnMinutes: 20,
      transitMinutes: 0,
      quiet: night,
    })
  })

  test('sets each reason for sending again by itself', () => {
    const policies = [stored('*', { resend: { level: true } }), stored('JP', { resend: { alert: true } })]
    expect(policyFor(where(['JP']), policies).policy.resend).toEqual({ level: true, alert: true })
    expect(policyFor(where(['CN']), policies).policy.resend).toEqual({ level: true, alert: false })
  })

  describe('of several countries, in one of which he is', () => {
    const both = (a: PolicyPatch, b: PolicyPatch) =>
      policyFor(where(['GP', 'MF']), [stored('GP', a), stored('MF', b)]).policy

    test.each<[string, PolicyPatch, PolicyPatch, PolicyPatch]>([
      ['told', { enabled: false }, {}, { enabled: true }],
      ['not told where neither is', { enabled: false }, { enabled: false }, { enabled: false }],
      ['with all kinds of either', { kinds: ['level'] }, { kinds: ['mission'] }, { kinds: ['level', 'mission'] }],
      ['by the shorter cool-down', { coolDownHours: 3 }, { coolDownHours: 5 }, { coolDownHours: 3 }],
      ['by the shorter return', { returnMinutes: 5 }, {}, { returnMinutes: 5 }],
      ['by the shorter stay', { transitMinutes: 50 }, { transitMinutes: 40 }, { transitMinutes: 40 }],
      ['after the shorter delay', { delaySeconds: 50 }, { delaySeconds: 40 }, { delaySeconds: 40 }],
      ['at night where one has none', { quiet: night }, {}, { quiet: null }],
      ['at night where the nights differ', { quiet: night }, { quiet: { ...night, to: '06:00' } }, { quiet: null }],
      ['in the morning where both say so', { quiet: night }, { quiet: night }, { quiet: night }],
      [
        'at night from the lower level on',
        { quiet: { ...night, unlessLevel: 3 } },
        { quiet: { ...night, unlessLevel: 2 } },
        { quiet: { ...night, unlessLevel: 2 } },
      ],
      [
        'at night from a level on where only one says so',
        { quiet: { ...night, unlessLevel: 3 } },
        { quiet: night },
        { quiet: { ...night, unlessLevel: 3 } },
      ],
      [
        'again for each reason of either',
        { resend: { level: true } },
        { resend: { alert: true } },
        { resend: { level: true, alert: true } },
      ],
    ])('he is %s', (_, a, b, expected) => {
      expect(both(a, b)).toMatchObject(expected)
      expect(both(b, a)).toMatchObject('kinds' in expected ? { kinds: ['mission', 'level'] } : expected)
    })

    test('what is off has no say in how the other tells', () => {
      expect(both({ enabled: false, coolDownHours: 0 }, { coolDownHours: 5 })).toMatchObject({ coolDownHours: 5 })
    })

    test('names each row once', () => {
      const [all, gp, mf] = [stored('*', {}), stored('GP', {}), stored('MF', {})]
      expect(policyFor(where(['GP', 'MF']), [gp, mf, all]).ids).toEqual([all.id, gp.id, mf.id])
    })
  })
})

describe('what is written for an area', () => {
  test('is taken whole or in part', () => {
    const whole = { ...defaultPolicy, quiet: { from: '22:00', to: '07:30', unlessLevel: 3 } }
    expect(parsePolicyPatch(whole)).toEqual(whole)
    expect(Object.keys(whole).sort()).toEqual([...policyFields].sort())
    expect(parsePolicyPatch({})).toEqual({})
    expect(parsePolicyPatch({ quiet: null, resend: { alert: true } })).toEqual({ quiet: null, resend: { alert: true } })
    expect(parsePolicyPatch({ quiet: { from: '22:00', to: '07:00' } })).toEqual({ quiet: night })
    expect(parsePolicyPatch({ ...policyBounds })).toEqual(policyBounds)
  })

  test.each<[unknown, string]>([
    [null, 'policy'],
    [[], 'policy'],
    [{ enabled: 'no' }, 'enabled'],
    [{ kinds: [] }, 'kinds'],
    [{ kinds: ['mission', 'mission'] }, 'kinds'],
    [{ kinds: ['weather'] }, 'kinds'],
    [{ kinds: 'mission' }, 'kinds'],
    [{ coolDownHours: -1 }, 'coolDownHours'],
    [{ coolDownHours: 721 }, 'coolDownHours'],
    [{ returnMinutes: 1.5 }, 'returnMinutes'],
    [{ transitMinutes: 721 }, 'transitMinutes'],
    [{ delaySeconds: '30' }, 'delaySeconds'],
    [{ delaySeconds: null }, 'delaySeconds'],
    [{ quiet: { from: '22:00' } }, 'quiet.to'],
    [{ quiet: { from: '24:00', to: '07:00' } }, 'quiet.from'],
    [{ quiet: { from: '7:00', to: '08:00' } }, 'quiet.from'],
    [{ quiet: { from: '07:00', to: '07:00' } }, 'quiet.to'],
    [{ quiet: { ...night, unlessLevel: 5 } }, 'quiet.unlessLevel'],
    [{ quiet: { ...night, until: 3 } }, 'quiet.until'],
    [{ quiet: true }, 'quiet'],
    [{ resend: { level: 1 } }, 'resend.level'],
    [{ resend: { levels: true } }, 'resend.levels'],
    [{ enable: true }, 'enable'],
    [{ constructor: true }, 'constructor'],
  ])('%j is refused, at %s', (value, at) => {
    expect(() => parsePolicyPatch(value)).toThrow(
      expect.objectContaining({ code: 'bad-policy', status: 422, where: at }),
    )
  })

  test('is refused with all that is wrong with it, and what was meant', () => {
    try {
      parsePolicyPatch({ enabled: 1, coolDownHour: 3 })
      expect.unreachable()
    } catch (error) {
      const { details } = error as Problem
      expect(details.map(({ where }) => where)).toEqual(['enabled', 'coolDownHour'])
      expect(details[1]?.hint).toContain('coolDownHours')
    }
  })
})
