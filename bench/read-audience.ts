import { planForAudience, Values } from '../src/store/audience/choice.ts'
import type { Grouping } from '../src/store/audience/groups.ts'
import { peopleToLookAt } from '../src/store/audience/looked-at.ts'
import { placedIn, rangesFor } from '../src/store/audience/people-ranges.ts'
import { type Database, transaction } from '../src/store/database.ts'
import { choiceOf, sourcesOf } from '../src/targeting/audience.ts'
import type { AudiencePlan } from '../src/targeting/audience-plan.ts'
import { cellsFor } from '../src/targeting/cells-for.ts'

/** Routes and refusals play no part in who is found. */
const grouping: Grouping = { thresholds: [], refusable: false }

/**
 * The numbers of the placed people of a zone, by the engine's own sources and statements. Selection makes messages of them on the server
 * and has no use for a list; here they come as one array, as they do from the peer: with a row each, the driver's work would
 * hide what is compared. The rule for uncertain places has to be `centre`.
 */
export async function readAudience({ pool }: Database, plan: AudiencePlan): Promise<Float64Array> {
  const placed = sourcesOf(plan, { cellsFor: await cellsFor(pool, plan) }).filter((source) => source.kind === 'placed')
  const lists = await Promise.all(
    placed.map((source) =>
      transaction(pool, async (client) => {
        await planForAudience(client)
        const { population, ranges } = source
        const choice = choiceOf(plan, population, source)
        const values = new Values()
        const whole = placedIn(choice, rangesFor(choice, ranges, 'whole'), 'whole', 'p.msisdn', values)
        const { rows } = await client.query<{ ids: number[] }>(
          `SELECT coalesce(array_agg(p.msisdn), '{}') AS ids FROM ${whole}`,
          values.list,
        )
        const near = await peopleToLookAt(client, choice, ranges, grouping)
        const inside = near.filter(({ lon, lat }) => plan.zone?.contains(lon, lat))
        return [rows[0]?.ids ?? [], inside.map(({ msisdn }) => msisdn)]
      }),
    ),
  )
  return joined(lists.flat())
}

function joined(lists: readonly (readonly number[])[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all
}
