import { availableParallelism } from 'node:os'
import { boundsOf, sharesOfCountries } from '../store/audience/bounds.ts'
import { type Population, planForAudience, tableOf } from '../store/audience/choice.ts'
import { countInCountries, countPlaced, type GroupCount } from '../store/audience/groups.ts'
import { holdersPage } from '../store/audience/holders.ts'
import { linkedPage, twicePage } from '../store/audience/linked.ts'
import { peopleToLookAt } from '../store/audience/looked-at.ts'
import { beyondAll } from '../store/audience/people-ranges.ts'
import { type PersonRow, perhapsIn, personsInCountry, personsOf } from '../store/audience/persons.ts'
import { type Client, type Database, transaction } from '../store/database.ts'
import { choiceOf, cutCountries, isByPerson, populationsOf, reachOf, type Source } from './audience.ts'
import { type AudiencePlan, hasZone } from './audience-plan.ts'
import { type AudienceCount, AudienceSum } from './audience-sum.ts'
import type { GroupBook } from './group-book.ts'
import { numbersOfPersons } from './linked-person.ts'
import { shareNumbers, shareRanges } from './shares.ts'

/** Numbers that are looked at one by one, in one question. */
const pageSize = 4000

/**
 * How many people an audience is, exactly, and who they are by group. Groups are counted by the server; only who is near the border, or
 * may be counted twice, is looked at here. 0.2 us a person on each of the server's cores.
 *
 * @param sources of the plan; the surely inside are told apart where their ranges do
 */
export async function countAudience(
  db: Database,
  plan: AudiencePlan,
  sources: readonly Source[],
  book: GroupBook,
  between?: () => Promise<void>,
): Promise<AudienceCount> {
  const sum = new AudienceSum(plan, book, sources)
  const tasksOfAll = async (some: readonly Source[]) =>
    (await Promise.all(some.map((source) => tasksOf(db, plan, source, sum)))).flat()
  const isHolders = (source: Source) => source.kind === 'holders'
  // First: who has the earlier text is not counted again.
  await inParallel(db, await tasksOfAll(sources.filter(isHolders)), between)
  const others = await tasksOfAll(sources.filter((source) => !isHolders(source)))
  const tasks = [...others, ...(await countryTasks(db, plan, sources, sum)), ...(await apartTasks(db, plan, sum))]
  await inParallel(db, [...tasks, ...corrections(plan, sum)], between)
  return sum.result()
}

/** Small questions share a transaction, which costs as much as they do; after this time the more urgent may come between. */
const shareMs = 50

/** What is asked at once. */
export type Task = (client: Client) => Promise<void>

/** Questions about an audience, on several connections. */
export async function inParallel(db: Database, tasks: readonly Task[], between?: () => Promise<void>): Promise<void> {
  const left = tasks.values()
  const worker = async () => {
    for (let done = false; !done; ) {
      await transaction(db.pool, async (client) => {
        await planForAudience(client)
        const started = performance.now()
        do {
          const next = left.next()
          if (next.done) done = true
          else await next.value(client)
        } while (!done && performance.now() - started < shareMs)
      })
      await between?.()
    }
  }
  const workers = Math.min(tasks.length, Math.max(2, Math.min(4, availableParallelism())))
  await Promise.all(Array.from({ length: workers }, worker))
}

async function tasksOf(db: Database, plan: AudiencePlan, source: Source, sum: AudienceSum): Promise<Task[]> {
  switch (source.kind) {
    case 'placed': {
      const { population, ranges } = source
      const { bounds } = await boundsOf(db.pool, tableOf[population], 'cell')
      const choice = choiceOf(plan, population, source)
      return shareRanges(ranges, bounds).map((share) => async (client) => {
        for (const { n, ...group } of await countPlaced(client, choice, share, sum.book.grouping)) {
          sum.add(group, 'inside', n)
        }
        for (const one of await peopleToLookAt(client, choice, share, sum.book.grouping)) sum.lookAt(one)
      })
    }
    case 'country':
      // Many at once: `countryTasks`.
      return []
    case 'perhaps':
      return [
        async (client) => {
          const msisdns = await perhapsIn(client, source.countries, isByPerson(plan))
          for (let at = 0; at < msisdns.length; at += pageSize) {
            for (const row of await personsOf(client, msisdns.slice(at, at + pageSize))) {
              if (row.population === 'roamers') sum.person(row, ['country', 'unplaced'])
            }
          }
        },
      ]
    case 'part':
      return [
        (client) =>
          eachPage(
            (after) => personsInCountry(client, source.population, source.country, isByPerson(plan), after, pageSize),
            (row) => sum.person(row),
          ),
      ]
    case 'holders':
      return [(client) => eachHolder(client, source.broadcastId, sum)]
    case 'linked':
      return [
        async (client) => {
          for (let after: string | undefined; ; ) {
            const { rows, last } = await linkedPage(client, source.reach, after, pageSize)
            for (const person of numbersOfPersons(rows)) sum.linked(person)
            if (last === undefined) return
            after = last
          }
        },
      ]
  }
}

/** Who is counted in both populations is one number. */
function corrections(plan: AudiencePlan, sum: AudienceSum): Task[] {
  if (isByPerson(plan) || !hasZone(plan)) return []
  const reach = reachOf(plan)
  return [
    async (client) => {
      for (let after = 0; ; ) {
        const { rows, last } = await twicePage(client, reach, after, pageSize)
        sum.twice(rows)
        if (last === undefined) return
        after = last
      }
    },
  ]
}

/** Those who are in countries that are meant as a whole, and the unplaced of others. */
async function countryTasks(
  db: Database,
  plan: AudiencePlan,
  sources: readonly Source[],
  sum: AudienceSum,
): Promise<Task[]> {
  const tasks: Task[] = []
  for (const population of populationsOf(plan)) {
    for (const which of ['all', 'unplaced'] as const) {
      const countries = sources.flatMap((source) =>
        source.kind === 'country' && source.population === population && source.which === which ? [source.country] : [],
      )
      const standing = which === 'all' ? 'country' : 'unplaced'
      const add = ({ n, ...group }: GroupCount) => sum.add(group, standing, n)
      tasks.push(...(await inCountries(db, plan, population, countries, which, sum.book, add)))
    }
  }
  return tasks
}

/** The unplaced whom the rule leaves out; those of parts of countries, and of networks of several, come with the others. */
async function apartTasks(db: Database, plan: AudiencePlan, sum: AudienceSum): Promise<Task[]> {
  if (plan.rules.unplaced === 'include') return []
  const partly = cutCountries(plan)
  const countries = plan.touched.filter((country) => !partly.includes(country))
  const leave = ({ country, n }: GroupCount) => sum.leaveApart(country as string, n)
  const each = populationsOf(plan).map((population) =>
    inCountries(db, plan, population, countries, 'unplaced', sum.book, leave),
  )
  return (await Promise.all(each)).flat()
}

/** A country of more than this share of everybody is counted in parts, those of fewer together. */
const large = 0.02

/** A zone of half the world touches a hundred countries: to ask for each alone would cost more than the count. */
async function inCountries(
  db: Database,
  plan: AudiencePlan,
  population: Population,
  countries: readonly string[],
  which: 'all' | 'unplaced',
  { grouping }: GroupBook,
  each: (count: GroupCount) => void,
): Promise<Task[]> {
  if (countries.length === 0) return []
  const table = tableOf[population]
  const shares = await sharesOfCountries(db.pool, table)
  const isLarge = (country: string) => (shares.get(country) ?? 0) > large
  const choice = choiceOf(plan, population, { kind: 'country' })
  const task =
    (some: readonly string[], msisdns: { from: number; to: number }): Task =>
    async (client) => {
      for (const count of await countInCountries(client, choice, some, which, msisdns, grouping)) each(count)
    }
  const { bounds } = await boundsOf(db.pool, table, 'msisdn')
  const parts = shareNumbers(bounds)
  const small = countries.filter((country) => !isLarge(country))
  const batches = Array.from({ length: Math.ceil(small.length / 16) }, (_, i) => small.slice(i * 16, i * 16 + 16))
  return [
    ...countries.filter(isLarge).flatMap((country) => parts.map((msisdns) => task([country], msisdns))),
    ...batches.map((some) => task(some, { from: 0, to: beyondAll })),
  ]
}

async function eachPage(page: (after: number) => Promise<PersonRow[]>, each: (row: PersonRow) => void): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await page(after)
    for (const row of rows) each(row)
    if (rows.length < pageSize) return
    after = (rows.at(-1) as PersonRow).msisdn
  }
}

async function eachHolder(client: Client, broadcastId: number, sum: AudienceSum): Promise<void> {
  for (let after: number | undefined; ; ) {
    const holders = await holdersPage(client, broadcastId, after, pageSize)
    const fresh = holders.filter(({ msisdn }) => sum.holders.add(Number(msisdn)))
    const numbers = fresh.map(({ msisdn }) => Number(msisdn))
    for (const holder of fresh) sum.holder(holder)
    sum.alsoFound(await personsOf(client, numbers))
    if (holders.length < pageSize) return
    after = holders.at(-1)?.seq
  }
}
