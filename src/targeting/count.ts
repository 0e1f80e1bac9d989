import { boundsOf, sharesOfCountries } from '../store/audience/bounds.ts'
import { type Population, tableOf } from '../store/audience/choice.ts'
import { countInCountries, countPerhaps, countPlaced, countUnplaced } from '../store/audience/groups.ts'
import { holdersPage } from '../store/audience/holders.ts'
import { linkedPage, twicePage } from '../store/audience/linked.ts'
import { peopleToLookAt } from '../store/audience/looked-at.ts'
import { beyondAll } from '../store/audience/people-ranges.ts'
import { type PersonRow, personsInCountry, personsOf } from '../store/audience/persons.ts'
import type { Client, Database } from '../store/database.ts'
import { choiceOf, cutCountries, isByPerson, populationsOf, reachOf, type Source } from './audience.ts'
import { type AudiencePlan, hasZone } from './audience-plan.ts'
import { type AudienceCount, AudienceSum } from './audience-sum.ts'
import type { GroupBook } from './group-book.ts'
import { numbersOfPersons } from './linked-person.ts'
import { shareNumbers, shareRanges } from './shares.ts'
import { askByAndBy, askOfOneInstant, type Task } from './tasks.ts'

/** Numbers that are looked at one by one, in one question. */
const pageSize = 4000

/**
 * How many people an audience is, exactly, and who they are by group. Groups are counted by the server; only who is near the border, or
 * may be counted twice, is looked at here. 0.2 us a person on each of the server's cores.
 *
 * @param sources of the plan; the surely inside are told apart where their ranges do
 * @param between lets others come now and then; without it, the count is of one instant, and with those of `countApart`
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
  const first = await tasksOfAll(sources.filter(isHolders))
  const others = await tasksOfAll(sources.filter((source) => !isHolders(source)))
  const countries = await countryTasks(db, plan, sources, sum)
  const both = [...others, ...countries, ...corrections(plan, sum)]
  if (between) for (const tasks of [first, both]) await askByAndBy(db, tasks, between)
  else await askOfOneInstant(db, [first, [...both, ...(await apartTasks(db, plan, sum.leaveApart))]])
  return sum.result()
}

/** The unplaced whom the rule leaves out, by country, but for those who were counted one by one: nobody's message waits for it. */
export async function countApart(
  db: Database,
  plan: AudiencePlan,
  between: () => Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  const apart = new Map<string, number>()
  const add = (country: string, n: number) => apart.set(country, (apart.get(country) ?? 0) + n)
  await askByAndBy(db, await apartTasks(db, plan, add), between)
  return apart
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
          const choice = choiceOf(plan, 'roamers', source)
          for (const one of await countPerhaps(client, choice, source.countries, sum.book.grouping)) sum.perhaps(one)
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
      const choice = choiceOf(plan, population, { kind: 'country' })
      const ask: CountryTask = async (client, some, msisdns) => {
        for (const { n, ...group } of await countInCountries(client, choice, some, which, msisdns, sum.book.grouping)) {
          sum.add(group, standing, n)
        }
      }
      tasks.push(...(await inCountries(db, population, countries, ask)))
    }
  }
  return tasks
}

/** The unplaced whom the rule leaves out; those of parts of countries, and of networks of several, come with the others. */
async function apartTasks(
  db: Database,
  plan: AudiencePlan,
  leaveApart: (country: string, n: number) => void,
): Promise<Task[]> {
  if (plan.rules.unplaced === 'include') return []
  const partly = cutCountries(plan)
  const countries = plan.touched.filter((country) => !partly.includes(country))
  const each = populationsOf(plan).map((population) => {
    const choice = choiceOf(plan, population, { kind: 'country' })
    return inCountries(db, population, countries, async (client, some, msisdns) => {
      for (const { country, n } of await countUnplaced(client, choice, some, msisdns)) leaveApart(country, n)
    })
  })
  return (await Promise.all(each)).flat()
}

/** A country of more than this share of everybody is counted in parts, those of fewer together. */
const large = 0.02

type CountryTask = (
  client: Client,
  countries: readonly string[],
  msisdns: { readonly from: number; readonly to: number },
) => Promise<void>

/** A zone of half the world touches a hundred countries: to ask for each alone would cost more than the count. */
async function inCountries(
  db: Database,
  population: Population,
  countries: readonly string[],
  ask: CountryTask,
): Promise<Task[]> {
  if (countries.length === 0) return []
  const table = tableOf[population]
  const shares = await sharesOfCountries(db.pool, table)
  const isLarge = (country: string) => (shares.get(country) ?? 0) > large
  const { bounds } = await boundsOf(db.pool, table, 'msisdn')
  const small = countries.filter((country) => !isLarge(country))
  const batches = Array.from({ length: Math.ceil(small.length / 16) }, (_, i) => small.slice(i * 16, i * 16 + 16))
  const everybody = { from: 0, to: beyondAll }
  return [
    ...countries.filter(isLarge).flatMap((country) =>
      shareNumbers(bounds).map(
        (msisdns): Task =>
          (client) =>
            ask(client, [country], msisdns),
      ),
    ),
    ...batches.map(
      (some): Task =>
        (client) =>
          ask(client, some, everybody),
    ),
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
