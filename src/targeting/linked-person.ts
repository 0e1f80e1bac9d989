import type { PersonRow } from '../store/audience/persons.ts'
import type { ZonePlan } from './audience-plan.ts'
import { type Concern, concernOf } from './concern.ts'
import { personOf } from './person.ts'

/** Rows of one number: as a resident, as a roamer, or both. */
export type NumberRows = readonly PersonRow[]

/** The persons of a page, each with his numbers: mission and reference together tell who is who; a number without is a person. */
export function numbersOfPersons(rows: readonly PersonRow[]): NumberRows[][] {
  const numbers = new Map<number, PersonRow[]>()
  const personOfNumber = new Map<number, string>()
  for (const row of rows) {
    if ('person' in row) personOfNumber.set(row.msisdn, row.person as string)
    const known = numbers.get(row.msisdn)
    if (known) known.push(row)
    else numbers.set(row.msisdn, [row])
  }
  const persons = new Map<string, NumberRows[]>()
  for (const [msisdn, ofNumber] of numbers) {
    const named = ofNumber.find(({ nameRef }) => nameRef !== null)
    // Of references that many share each number is a person of its own.
    const key = named ? `${personOfNumber.get(msisdn)}\n${named.mission}\n${named.nameRef}` : String(msisdn)
    const known = persons.get(key)
    if (known) known.push(ofNumber)
    else persons.set(key, [ofNumber])
  }
  return [...persons.values()]
}

/** A number that is to be told. */
export interface ToldNumber {
  readonly row: PersonRow
  readonly concern: Extract<Concern, { told: true }>
}

/** Which of a person's numbers the alert concerns, the one last seen first. */
export function toldNumbers(plan: ZonePlan, numbers: readonly NumberRows[]): ToldNumber[] {
  const told = numbers.flatMap((rows) => {
    // Residents first, as where everybody is told.
    const sorted = [...rows].sort((a, b) => (a.population < b.population ? -1 : 1))
    for (const row of sorted) {
      const concern = concernOf(plan, personOf(row))
      const lastAt = Math.max(...rows.map((one) => one.lastAt.getTime()))
      if (concern.told) return [{ row, concern, lastAt }]
    }
    return []
  })
  return told.sort((a, b) => b.lastAt - a.lastAt || a.row.msisdn - b.row.msisdn)
}
