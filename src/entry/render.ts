import type { Field, Values } from './fields.ts'

/** `{field}`; whatever stands in the braces. */
export const fieldPattern = /\{([^{}]*)\}/g

/** The text with its fields filled in; undefined where one has no value: a safety text with a gap is worse than a more general one. */
export function render(body: string, values: Values): string | undefined {
  let whole = true
  const text = body.replace(fieldPattern, (_, name: string) => {
    const value = values[name as Field]
    if (value === undefined) whole = false
    return value ?? ''
  })
  return whole ? text : undefined
}
