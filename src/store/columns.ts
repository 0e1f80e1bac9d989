/**
 * A column of rows as a PostgreSQL array literal, for `unnest($1::int[], …)`: numbers, or words of an enumeration, which need no quotes. pg's own serialiser calls itself for each element and
 * quotes it; for thousands of rows a statement that was a fifth of the engine's time.
 */
export function column<T>(rows: readonly T[], of: (row: T) => number | string | null): string {
  let literal = '{'
  for (let i = 0; i < rows.length; i++) {
    const value = of(rows[i] as T)
    literal += `${i === 0 ? '' : ','}${value === null ? 'NULL' : value}`
  }
  return `${literal}}`
}

/** The same of texts of any content. */
export function textColumn<T>(rows: readonly T[], of: (row: T) => string | null): string {
  return column(rows, (row) => {
    const text = of(row)
    return text === null ? null : `"${text.replace(/["\\]/g, '\\$&')}"`
  })
}
