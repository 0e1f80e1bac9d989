import type { ErrorObject } from 'ajv'
import { nearest } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'

/**
 * What a schema says of a file, for people.
 *
 * @param what the file is, with its article: "a carrier profile"
 * @param written its content before secrets were put into it: only from here is anything shown
 */
export function explainSchemaError(error: ErrorObject, file: string, what: string, written: unknown): Problem {
  const where = `${file}${error.instancePath}`
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params.additionalProperty)
    const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {})
    const near = nearest(key, known)
    return new Problem('unknown-key', `"${key}" is not a key of ${what}`, {
      where,
      hint: near ? `Did you mean "${near}"?` : `Known here: ${known.join(', ')}.`,
    })
  }
  if (error.keyword === 'required')
    return new Problem('missing-key', `"${error.params.missingProperty}" is missing`, { where })
  const allowed = error.keyword === 'const' ? ` ${JSON.stringify(error.params.allowedValue)}` : ''
  const found = at(written, error.instancePath)
  const secret = /password|secret|key/i.test(error.instancePath) || (found !== null && typeof found === 'object')
  const shown = secret || found === undefined ? '' : ` (found ${JSON.stringify(found)})`
  return new Problem('bad-value', `${error.message ?? 'not valid'}${allowed}${shown}`, { where })
}

/** What stands at a JSON pointer. */
const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value)
