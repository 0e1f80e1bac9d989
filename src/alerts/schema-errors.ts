import type { ErrorObject } from 'ajv'
import { patternHint } from '../lib/schema-hint.ts'
import { type Findings, quote } from './findings.ts'

/** Tells the findings of a JSON Schema for people; `base` is the pointer of what was validated. */
export function report(errors: readonly ErrorObject[] | null | undefined, base: string, findings: Findings): void {
  for (const { keyword, instancePath, params, message, parentSchema, data } of errors ?? []) {
    const where = `${base}${instancePath}`
    if (keyword === 'required') {
      const key = params.missingProperty as string
      findings.problem('json-missing', `${where}/${escapePointer(key)}`, `${key} is missing`)
    } else if (keyword === 'additionalProperties') {
      const key = params.additionalProperty as string
      const known = Object.keys((parentSchema?.properties ?? {}) as object).join(', ')
      findings.problem(
        'json-unknown-key',
        `${where}/${escapePointer(key)}`,
        `${quote(key)} is not known here`,
        `Known: ${known}.`,
      )
    } else if (keyword === 'enum') {
      const hint = `One of ${(params.allowedValues as string[]).join(', ')}.`
      findings.problem('json-value', where, 'The value is not allowed', hint)
    } else if (keyword === 'pattern') {
      findings.problem(
        'json-value',
        where,
        `${quote(String(data))} is not of the form asked for`,
        patternHint(parentSchema),
      )
    } else findings.problem('json-value', where, `It ${message ?? 'is not valid'}`)
  }
}

/** A key as a segment of a JSON pointer (RFC 6901 §3). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
