import { availableParallelism } from 'node:os'
import { canonicalJson } from '../alerts/canonical-json.ts'
import { severityOf } from '../alerts/model.ts'
import { inOrder } from '../lib/in-order.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import { type Choice, isNobody, type Population } from '../store/audience/choice.ts'
import { holdersPage } from '../store/audience/holders.ts'
import { insertMessages } from '../store/audience/insert-messages.ts'
import { linkedPage, someTwice } from '../store/audience/linked.ts'
import { haveMessage, insertNextNumbers, type NextNumber } from '../store/audience/next-numbers.ts'
import { type PersonRow, perhapsIn, personsInCountry, personsOf } from '../store/audience/persons.ts'
import { type SelectionState, saveCursor, selectionState } from '../store/audience/selection-state.ts'
import { type Client, transaction } from '../store/database.ts'
import { choiceOf, isByPerson, type Source } from './audience.ts'
import type { AudiencePlan } from './audience-plan.ts'
import { concernOf, type Standing } from './concern.ts'
import type { Choosers, GroupBook } from './group-book.ts'
import { numbersOfPersons, toldNumbers } from './linked-person.ts'
import { makeSlice } from './make-slice.ts'
import { type Match, messageFor } from './match.ts'
import { whoRefuses } from './opt-out.ts'
import { matchOf, personOf } from './person.ts'
import { ringCarriers } from './ring-carriers.ts'
import type { SelectDeps } from './select.ts'
import { countrySlices, type PlacedAfter, placedSlices, type SourceSlice } from './slices.ts'

/** People that are looked at one by one, in one transaction. */
const pageSize = 2000

/** A page of people who are looked at one by one. */
interface Page {
  readonly matches: readonly Match[]
  /** Where to go on; undefined after the last. */
  readonly after: number | string | undefined
  /** Of persons of several numbers: which one is told next. */
  readonly next?: readonly NextNumber[]
}

/** Whose people are taken in slices, by the server. */
type SlicedSource = Extract<Source, { kind: 'placed' | 'country' }>

const isSliced = (source: Source): source is SlicedSource => source.kind === 'placed' || source.kind === 'country'

interface SliceOfSource {
  readonly population: Population
  readonly choice: Choice
  readonly slice: SourceSlice
  readonly cursor: NonNullable<SelectionState['cursor']>
}

type Pages = (client: Client, after: unknown) => Promise<Page>

/** The making of a broadcast's messages, source by source, from where the last committed transaction ended. */
export class Selection {
  readonly #deps: SelectDeps
  readonly #state: SelectionState
  readonly #alert: AlertRow
  readonly #plan: AudiencePlan
  readonly #sources: readonly Source[]
  readonly #book: GroupBook
  readonly #choosers: Choosers
  /** Nobody but this selection has made messages: they need not be looked for. */
  #alone: boolean
  /** Somebody else made a message of somebody in a slice. */
  #taken = false
  #lanes = Math.max(2, Math.min(4, availableParallelism()))

  constructor(
    deps: SelectDeps,
    state: SelectionState,
    alert: AlertRow,
    plan: AudiencePlan,
    { sources, book, choosers }: { sources: readonly Source[]; book: GroupBook; choosers: Choosers },
  ) {
    this.#deps = deps
    this.#state = state
    this.#alert = alert
    this.#plan = plan
    this.#sources = sources
    this.#book = book
    this.#choosers = choosers
    this.#alone = state.expected === null && plan.corrected.length === 0
  }

  /** Returns false where it must stop: the broadcast was cancelled, or another process is ahead of this one. */
  async run(between: () => Promise<void>): Promise<boolean> {
    if (await this.#runOnce(between)) return true
    if (!this.#taken) return false
    // Once more from the last slice that was committed, one at a time, and with a look for each.
    this.#taken = false
    this.#alone = false
    this.#lanes = 1
    return this.#runOnce(between)
  }

  async #runOnce(between: () => Promise<void>): Promise<boolean> {
    const sources = this.#sources
    const { cursor } = this.#state
    const twice = await someTwice(this.#deps.db.pool)
    for (let i = cursor?.source ?? 0; i < sources.length; ) {
      const after = i === cursor?.source ? (cursor.after ?? undefined) : undefined
      const source = sources[i] as Source
      if (isSliced(source)) {
        // Residents come first; who is a roamer as well has his message then.
        let end = i + 1
        while (end < sources.length && isSliced(sources[end] as Source) && !twice) end++
        if (!(await this.#runSlices(i, end, after, twice, between))) return false
        i = end
      } else {
        if (!(await this.#runPages(this.#pagesOf(source), i, after, between))) return false
        i++
      }
    }
    return true
  }

  /** Sources from `first` to before `end`, their slices side by side. */
  async #runSlices(
    first: number,
    end: number,
    after: unknown,
    twice: boolean,
    between: () => Promise<void>,
  ): Promise<boolean> {
    const { db } = this.#deps
    return inOrder(afterEach(this.#slices(first, end, after), between), this.#lanes, async (work, step) => {
      const { population, choice, slice, cursor } = work
      const bells = await makeSlice(
        {
          db,
          broadcastId: this.#state.id,
          lane: this.#state.lane,
          plan: this.#plan,
          book: this.#book,
          choice,
          othersToo: !this.#alone || (population === 'roamers' && twice),
          goOn: (client) => this.#goOn(client),
          makeOneByOne: (client, msisdns) => this.#makeOneByOne(client, population, msisdns),
        },
        slice,
        cursor,
        step,
      )
      if (bells === 'taken') this.#taken = true
      if (bells === 'taken' || bells === 'stop') return false
      this.#committed(cursor, bells)
      return true
    })
  }

  async *#slices(first: number, end: number, after: unknown): AsyncGenerator<SliceOfSource> {
    const { pool } = this.#deps.db
    for (let i = first; i < end; i++) {
      const source = this.#sources[i] as SlicedSource
      const { population } = source
      const choice = choiceOf(this.#plan, population, source)
      if (isNobody(choice)) continue
      const from = i === first ? after : undefined
      const slices =
        source.kind === 'placed'
          ? placedSlices(pool, choice, source.ranges, from as PlacedAfter | undefined)
          : countrySlices(pool, choice, source.country, source.which, from as number | undefined)
      for await (const slice of slices) yield { population, choice, slice, cursor: cursorAfter(i, slice.after) }
    }
  }

  async #runPages(pages: Pages, i: number, from: unknown, between: () => Promise<void>): Promise<boolean> {
    for (let after = from; ; ) {
      const made = await transaction(this.#deps.db.pool, async (client) => {
        if (!(await this.#goOn(client))) return undefined
        const page = await pages(client, after)
        const bells = await this.#make(client, page.matches)
        await insertNextNumbers(client, this.#state.id, page.next ?? [])
        const cursor = cursorAfter(i, page.after)
        await saveCursor(client, this.#state.id, cursor)
        return { bells, cursor, after: page.after }
      })
      if (!made) return false
      this.#committed(made.cursor, made.bells)
      if (made.after === undefined) return true
      after = made.after
      await between()
    }
  }

  #pagesOf(source: Exclude<Source, SlicedSource>): Pages {
    const byPerson = isByPerson(this.#plan)
    switch (source.kind) {
      case 'holders':
        return async (client, after) => {
          const rows = await holdersPage(client, source.broadcastId, after as number | undefined, pageSize)
          return { matches: rows, after: rows.length === pageSize ? rows.at(-1)?.seq : undefined }
        }
      case 'perhaps': {
        let left: number[] | undefined
        return async (client, after = 0) => {
          // Those with a place are found by it; of the others nobody is meant.
          if (this.#plan.rules.unplaced === 'exclude' && this.#plan.countries.length === 0)
            return { matches: [], after: undefined }
          left ??= (await perhapsIn(client, source.countries, byPerson)).filter((msisdn) => msisdn > (after as number))
          const page = left.slice(0, pageSize)
          left = left.slice(pageSize)
          const { matches } = this.#page(roamersOnly(await personsOf(client, page)), ['country', 'unplaced'])
          return { matches, after: page.length === pageSize ? page.at(-1) : undefined }
        }
      }
      case 'part':
        return async (client, after = 0) => {
          const { population, country } = source
          return this.#page(await personsInCountry(client, population, country, byPerson, after as number, pageSize))
        }
      case 'linked':
        return async (client, after) => {
          const { rows, last } = await linkedPage(client, source.reach, after as string | undefined, pageSize)
          const numbers = [...new Set(rows.map(({ msisdn }) => msisdn))]
          const told = await haveMessage(client, this.#state.id, numbers)
          const matches: Match[] = []
          const next: NextNumber[] = []
          for (const person of numbersOfPersons(rows)) {
            // He has it on one of his numbers, as one who may have the text that is corrected, or because he has just come.
            if (person.some((number) => number.some(({ msisdn }) => told.has(msisdn)))) continue
            const [first, ...others] = toldNumbers(this.#plan, person)
            if (!first) continue
            matches.push(matchOf(first.row, first.concern))
            let before = first.row.msisdn
            for (const { row } of others) {
              next.push({ msisdn: row.msisdn, after: before, first: first.row.msisdn })
              before = row.msisdn
            }
          }
          return { matches, after: last, next }
        }
    }
  }

  #page(rows: readonly PersonRow[], only?: readonly Standing[]): Page {
    return { matches: this.#matches(rows, only), after: rows.length === pageSize ? rows.at(-1)?.msisdn : undefined }
  }

  #matches(rows: readonly PersonRow[], only?: readonly Standing[]): Match[] {
    return rows.flatMap((row) => {
      const concern = concernOf(this.#plan, personOf(row))
      return concern.told && (!only || only.includes(concern.standing)) ? [matchOf(row, concern)] : []
    })
  }

  async #makeOneByOne(client: Client, population: Population, msisdns: readonly number[]): Promise<readonly number[]> {
    const rows = (await personsOf(client, msisdns)).filter((row) => row.population === population)
    // From now on their groups are known.
    for (const row of rows) {
      const concern = concernOf(this.#plan, personOf(row))
      if (concern.told) this.#book.ofPerson(row, this.#plan, concern.country)
    }
    return this.#make(client, this.#matches(rows))
  }

  async #make(client: Client, matches: readonly Match[]): Promise<readonly number[]> {
    const { routes, variantOf, use } = this.#choosers
    const refused = await whoRefuses(client, severityOf(this.#alert.document), matches)
    const messages = matches.map((match) => messageFor(match, routes, variantOf, use, refused))
    return (await insertMessages(client, this.#state.id, this.#state.lane, messages)).carriers
  }

  /** Locks the broadcast. Two workers may have been rung for one selection: the one whose cursor is not the committed one stops. */
  async #goOn(client: Client): Promise<boolean> {
    const now = await selectionState(client, this.#state.id, true)
    return now !== undefined && !now.cancelled && sameCursor(now.cursor, this.#state.cursor)
  }

  #committed(cursor: SelectionState['cursor'], carriers: readonly number[]): void {
    this.#state.cursor = cursor
    ringCarriers(this.#deps.queues, this.#deps.routes, [{ carriers, lane: this.#state.lane }])
  }
}

const roamersOnly = (rows: readonly PersonRow[]) => rows.filter(({ population }) => population === 'roamers')

const cursorAfter = (source: number, after: unknown): NonNullable<SelectionState['cursor']> =>
  after === undefined ? { source: source + 1, after: null } : { source, after }

function sameCursor(committed: SelectionState['cursor'], mine: SelectionState['cursor']): boolean {
  // Canonical, because jsonb keeps no order of keys.
  return canonicalJson(committed ?? null) === canonicalJson(mine ?? null)
}

async function* afterEach<T>(items: AsyncIterable<T>, between: () => Promise<void>): AsyncGenerator<T> {
  for await (const item of items) {
    yield item
    await between()
  }
}
