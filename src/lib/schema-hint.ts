/** A text that does not fit the pattern of its JSON Schema: what that says of it for people, as a hint; a pattern alone helps few. */
export function patternHint(schema: unknown): string | undefined {
  const { description } = (schema ?? {}) as { description?: unknown }
  if (typeof description !== 'string' || description === '') return undefined
  return `It is to be: ${description}.`
}
