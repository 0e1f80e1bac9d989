import type { Prng } from '../../../src/lib/prng.ts'

export type Schema = Readonly<Record<string, unknown>>

/** What has broken servers before: encodings, ends of ranges, syntax of other languages, prototypes. */
export const nastyTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\ufeff',
  '\u202eabc',
  '٣٤',
  '👨‍👩‍👧‍👦',
  'x'.repeat(10_000),
  "'; DROP TABLE alert; --",
  '../../etc/passwd',
  '%00',
  '%',
  '<script>alert(1)</script>',
  '\r\nset-cookie: a=b',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-1',
  '1e309',
  '9007199254740993',
  '99999999999999999999',
  '2026-02-30T25:61:00Z',
  '+999999-12-31T23:59:59Z',
  '0000-00-00',
  '-infinity',
  '{}',
  '[object Object]',
]

const nastyNumbers: readonly number[] = [
  -1, 0, 0.1, 1, 2147483647, 2147483648, -2147483649, 4294967296, 9007199254740991, 1e18, 1e308, -1e308,
]

const deep = (random: Prng): unknown => {
  let value: unknown = 1
  for (let depth = random.int(200); depth > 0; depth--) value = random.next() < 0.5 ? [value] : { a: value }
  return value
}

/** Anything that JSON can hold. */
export function nasty(random: Prng): unknown {
  const kind = random.int(9)
  if (kind < 4) return random.pick(nastyTexts)
  if (kind < 6) return random.pick(nastyNumbers)
  return random.pick([null, true, [], {}, [null], Array.from({ length: 500 }, () => 'x'), deep(random)])
}

/** Something of a schema, mostly as it asks; names and kinds of text are looked for in `known`, by the name of the member. */
export function likely(random: Prng, schema: Schema, known: Known, name = ''): unknown {
  const pool = known[name]
  if (pool !== undefined && pool.length > 0 && random.next() < 0.7) return random.pick(pool)
  if (random.next() < 0.06) return nasty(random)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return random.pick(schema.enum)
  const either = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (either !== undefined) return likely(random, random.pick(either), known, name)
  switch (schema.type) {
    case 'object':
      return objectOf(random, schema, known)
    case 'array': {
      const n = random.pick([0, 1, 1, 2, 3])
      return Array.from({ length: n }, () => likely(random, (schema.items ?? {}) as Schema, known, name))
    }
    case 'integer':
    case 'number':
      return numberOf(random, schema)
    case 'boolean':
      return random.next() < 0.5
    case 'null':
      return null
    case 'string':
      return textOf(random, schema, known)
  }
  return nasty(random)
}

export type Known = Readonly<Record<string, readonly unknown[]>>

function objectOf(random: Prng, schema: Schema, known: Known): Record<string, unknown> {
  const {
    properties = {},
    required = [],
    patternProperties,
    additionalProperties,
  } = schema as {
    properties?: Record<string, Schema>
    required?: string[]
    patternProperties?: Record<string, Schema>
    additionalProperties?: Schema | boolean
  }
  const made: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(properties)) {
    const wanted = required.includes(name) ? 0.97 : 0.5
    if (random.next() < wanted) made[name] = likely(random, member, known, name)
  }
  const free = Object.values(patternProperties ?? {})[0] ?? additionalProperties
  if (typeof free === 'object') made[random.pick(['ko', 'en', 'x', ...nastyTexts])] = likely(random, free, known)
  if (random.next() < 0.05) made[random.pick(['__proto__', 'toString', 'unknown', ''])] = nasty(random)
  return made
}

function numberOf(random: Prng, { minimum = 0, maximum = 1_000_000 }: { minimum?: number; maximum?: number }): number {
  const most = Math.min(maximum, minimum + 1_000)
  return random.next() < 0.2
    ? random.pick([minimum, maximum, maximum + 1, minimum - 1])
    : minimum + random.int(most - minimum + 1)
}

function textOf(random: Prng, { pattern, format, maxLength }: Schema, known: Known): string {
  if (format === 'date-time') return new Date(Date.UTC(2026, random.int(14), random.int(40))).toISOString()
  if (typeof pattern === 'string') {
    const expression = new RegExp(pattern)
    const fits = Object.values(known)
      .flat()
      .filter((one): one is string => typeof one === 'string' && expression.test(one))
      // Some of these happen to be words, others each time.
      .filter((one) => format === 'uuid' || !/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(one))
    if (fits.length > 0) return random.pick(fits)
  }
  if (random.next() < 0.15) return random.pick(nastyTexts)
  const length = Math.min(Number(maxLength ?? 40), 40)
  return Array.from({ length: random.int(length) + 1 }, () => random.pick([...'abcdefghij0123456789 -_가나다']))
    .join('')
    .slice(0, length)
}

/** A copy with one thing changed somewhere. */
export function damaged(random: Prng, value: unknown): unknown {
  if (random.next() < 0.25 || typeof value !== 'object' || value === null) return nasty(random)
  if (Array.isArray(value)) {
    if (value.length === 0) return nasty(random)
    const at = random.int(value.length)
    const kind = random.int(4)
    if (kind === 0) return value.toSpliced(at, 1)
    if (kind === 1) return [...value, value[at]]
    return value.with(at, damaged(random, value[at]))
  }
  const names = Object.keys(value)
  if (names.length === 0) return nasty(random)
  const name = random.pick(names)
  const copy = { ...value } as Record<string, unknown>
  const kind = random.int(5)
  if (kind === 0) delete copy[name]
  else if (kind === 1) copy[`${name}x`] = copy[name]
  else copy[name] = damaged(random, copy[name])
  return copy
}
