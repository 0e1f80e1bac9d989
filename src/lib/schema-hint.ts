/** Says of a text with a pattern how it is written. A validator that knows no other keywords than those of JSON Schema has to be told of it. */
export const formKeyword = 'x-form'

/**
 * How a text with a pattern is written, so that it can be read after "It is to be". A pattern tells that to few people, and what something is
 * for (its description) helps nobody who wrote it wrongly.
 */
export const inForm = (form: string, description?: string) => ({
  [formKeyword]: form,
  description: description === undefined ? form : `${description}: ${form}`,
})

/** What a text that does not fit the pattern of its JSON Schema is to be. */
export function patternHint(schema: unknown): string | undefined {
  const { [formKeyword]: form } = (schema ?? {}) as { [formKeyword]?: unknown }
  return typeof form === 'string' ? `It is to be: ${form}.` : undefined
}
