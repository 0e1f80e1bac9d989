import { didYouMean, likely } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import {
  type PolicyPatch,
  type QuietHours,
  type Resend,
  TEXT_KINDS,
  type TextKind,
  type TravelLevel,
} from './policy.ts'

/**
 * Bounds of the figures. So long it is remembered who was told of a country (the cool-down), and a text is of use for two days: it may
 * have waited for the longest stay and a night after it.
 */
export const policyBounds = {
  coolDownHours: 720,
  returnMinutes: 1440,
  transitMinutes: 720,
  delaySeconds: 43_200,
} as const

const readers: { readonly [F in keyof PolicyPatch]-?: (value: unknown, where: string) => unknown } = {
  enabled: flag,
  kinds,
  coolDownHours: upTo(policyBounds.coolDownHours),
  returnMinutes: upTo(policyBounds.returnMinutes),
  transitMinutes: upTo(policyBounds.transitMinutes),
  delaySeconds: upTo(policyBounds.delaySeconds),
  quiet,
  resend,
}

/** Names of the fields that a policy may set. */
export const policyFields = Object.keys(readers) as (keyof PolicyPatch)[]

/** Reads what is set for an area. @throws Problem `bad-policy` (422) with one detail per field that cannot be used */
export function parsePolicyPatch(value: unknown): PolicyPatch {
  const fields = object(value, 'policy', 'Write {"coolDownHours":12}.')
  const patch: Record<string, unknown> = {}
  const details: Problem[] = []
  for (const [name, given] of Object.entries(fields)) {
    try {
      if (!Object.hasOwn(readers, name)) throw unknownField(name, name, policyFields)
      patch[name] = readers[name as keyof PolicyPatch](given, name)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      details.push(error)
    }
  }
  const [first, ...more] = details
  if (first === undefined) return patch
  if (more.length === 0) throw first
  throw new Problem('bad-policy', `${details.length} fields of the policy cannot be used`, { status: 422, details })
}

const bad = (message: string, where: string, hint?: string) =>
  new Problem('bad-policy', message, { status: 422, where, ...(hint === undefined ? {} : { hint }) })

function unknownField(name: string, where: string, known: readonly string[]): Problem {
  const hint = didYouMean(likely(name, known)) ?? `It may set ${known.join(', ')}.`
  return bad(`A policy has no field "${name}"`, where, hint)
}

function object(value: unknown, where: string, example: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw bad(`\`${where}\` cannot be ${JSON.stringify(value)}`, where, example)
}

function flag(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value
  throw bad(`\`${where}\` is not true or false`, where)
}

function upTo(most: number): (value: unknown, where: string) => number {
  return (value, where) => {
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number
    throw bad(`\`${where}\` is not a whole number from 0 to ${most}`, where)
  }
}

function kinds(value: unknown, where: string): TextKind[] {
  const list = Array.isArray(value) ? value : []
  const right = list.length > 0 && list.every((kind) => TEXT_KINDS.includes(kind)) && new Set(list).size === list.length
  if (right) return list
  throw bad(
    `\`${where}\` is not a list of ${TEXT_KINDS.join(', ')}, each at most once`,
    where,
    'To tell nobody, set enabled to false.',
  )
}

function quiet(value: unknown, where: string): QuietHours | null {
  if (value === null) return null
  const fields = object(value, where, 'Write quiet=22:00-07:00, or {"from":"22:00","to":"07:00","unlessLevel":3}.')
  const known = ['from', 'to', 'unlessLevel']
  for (const name of Object.keys(fields)) if (!known.includes(name)) throw unknownField(name, `${where}.${name}`, known)
  const from = timeOfDay(fields.from, `${where}.from`)
  const to = timeOfDay(fields.to, `${where}.to`)
  if (from === to) throw bad('Quiet hours that end when they begin', `${where}.to`, 'To have none, set quiet to null.')
  return { from, to, unlessLevel: levelOrNull(fields.unlessLevel, `${where}.unlessLevel`) }
}

function timeOfDay(value: unknown, where: string): string {
  if (typeof value === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(value)) return value
  throw bad(`\`${where}\` is not a time of day`, where, "Write HH:MM of the destination's clock, for example 22:00.")
}

function levelOrNull(value: unknown, where: string): TravelLevel | null {
  if (value === undefined || value === null) return null
  if (value === 1 || value === 2 || value === 3 || value === 4) return value
  throw bad(`\`${where}\` is not a travel-alert level`, where, 'A whole number from 1 to 4, or null.')
}

function resend(value: unknown, where: string): Partial<Resend> {
  const fields = object(value, where, 'Write {"level":true}, {"alert":true} or {"level":true,"alert":true}.')
  const known = ['level', 'alert']
  for (const [name, given] of Object.entries(fields)) {
    if (!known.includes(name)) throw unknownField(name, `${where}.${name}`, known)
    flag(given, `${where}.${name}`)
  }
  return fields
}
