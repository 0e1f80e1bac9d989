import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { staffColumns } from '../../src/store/privacy/staff.ts'
import { subscriberTables } from '../../src/store/privacy/subscriber-tables.ts'
import { databaseForFile } from '../support/database.ts'

const db = databaseForFile()
let columns: { table: string; column: string }[]

beforeAll(async () => {
  const { rows } = await db.pool.query<{ table: string; column: string }>(
    `SELECT c.table_name AS table, c.column_name AS column
       FROM information_schema.columns c JOIN pg_class k ON k.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
      WHERE c.table_schema = 'public' AND k.relkind IN ('r', 'p') AND NOT k.relispartition ORDER BY 1, 2`,
  )
  columns = rows
})

/** What a column may be called that says where somebody is or which number is his. */
const aboutSubscribers = /msisdn|^name_ref$|^address$|^l(on|at)$|^cell$|^(raw|packed|events|answer)$|^recipient_key$/
/** And who did something. */
const aboutStaff = /(_by|^person|^person_id)$/

describe('every column that may be somebody’s', () => {
  test('of subscribers is exported and erased', () => {
    const known = new Set([
      ...subscriberTables.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)),
      // Packed: src/receipts/journal-of-number.ts.
      'receipt_journal.packed',
      // Sealed, kept for a day, and never of a request about a subscriber (takesKey in src/api/idempotency.ts).
      'idempotency.answer',
    ])
    const found = columns.filter(({ column }) => aboutSubscribers.test(column))
    expect(found.map(({ table, column }) => `${table}.${column}`).filter((one) => !known.has(one))).toEqual([])
    expect(found.length).toBeGreaterThan(25)
  })

  test('of staff is exported and erased', () => {
    const known = new Set([
      ...Object.entries(staffColumns).map(([table, column]) => `${table}.${column}`),
      // Each erased by a statement of its own in staff.ts.
      'alert.launch_by',
      'idempotency.person',
      'session.person_id',
      'api_key.person_id',
      // How many texts a person may still get is none: the reference of a person by a hash, gone with his numbers.
      'linked_number.person',
    ])
    const found = columns.filter(({ column }) => aboutStaff.test(column))
    expect(found.map(({ table, column }) => `${table}.${column}`).filter((one) => !known.has(one))).toEqual([])
    expect(found.length).toBeGreaterThan(12)
  })

  test('named there does exist', () => {
    const all = new Set(columns.map(({ table, column }) => `${table}.${column}`))
    const named = [
      ...subscriberTables.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)),
      ...Object.entries(staffColumns).map(([table, column]) => `${table}.${column}`),
    ]
    expect(named.filter((one) => !all.has(one))).toEqual([])
  })
})

describe('docs/privacy.md', () => {
  test('says of each table of the database how long it is kept, or that nobody is in it', async () => {
    const text = await readFile(new URL('../../docs/privacy.md', import.meta.url), 'utf8')
    const rows = text.split('\n').filter((line) => line.startsWith('| `'))
    const told = new Set(
      rows.flatMap((line) => [...(line.split('|')[1] as string).matchAll(/`(\w+)`/g)].map((match) => match[1])),
    )
    const tables = [...new Set(columns.map(({ table }) => table))]
    expect(tables.filter((table) => !told.has(table))).toEqual([])
    expect([...told].filter((table) => !tables.includes(table as string))).toEqual([])
    const personal = new Set(
      columns.flatMap(({ table, column }) => (aboutSubscribers.test(column) || aboutStaff.test(column) ? [table] : [])),
    )
    const nobodys = /^\| `[^|]*\| *nobody/
    const wrong = rows
      .filter((line) => nobodys.test(line))
      .flatMap((line) => [...line.matchAll(/`(\w+)`/g)].map((m) => m[1]))
    expect(wrong.filter((table) => personal.has(table as string))).toEqual([])
  })
})
