/** The schema as editors want it: what has a default need not be written. */
export function publishedSchema(schema: object): unknown {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...(relaxed(schema) as object) }
}

function relaxed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(relaxed)
  if (schema === null || typeof schema !== 'object') return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, relaxed(value)]))
  const { required, properties } = copy as { required?: string[]; properties?: Record<string, { default?: unknown }> }
  if (required && properties) {
    const needed = required.filter((key) => properties[key]?.default === undefined)
    if (needed.length > 0) copy.required = needed
    else delete copy.required
  }
  return copy
}
