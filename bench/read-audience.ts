import { boundsOf } from '../src/store/audience/bounds.ts'
import { tableOf, Values } from '../src/store/audience/choice.ts'
import type { Grouping } from '../src/store/audience/groups.ts'
import { peopleToLookAt } from '../src/store/audience/looked-at.ts'
import { placedIn, rangesFor } from '../src/store/audience/people-ranges.ts'
import type { Database } from '../src/store/database.ts'
import { choiceOf, type Source, sourcesOf } from '../src/targeting/audience.ts'
import type { AudiencePlan } from '../src/targeting/audience-plan.ts'
import { cellsFor } from '../src/targeting/cells-for.ts'
import { shareRanges } from '../src/targeting/shares.ts'
import { askByAndBy, type Task } from '../src/targeting/tasks.ts'

/** Routes and refusals play no part in who is found. */
const grouping: Grouping = { thresholds: [], refusable: false }

/**
 * The numbers of the placed people of a zone, by the engine's own sources, shares and statements. Selection makes messages of them on the server
 * and has no use for a list; here they come as one array, as they do from the peer: with a row each, the driver's work would
 * hide what is compared. The rule for uncertain places has to be `centre`.
 */
export async function readAudience(db: Database, plan: AudiencePlan): Promise<Float64Array> {
  const placed = sourcesOf(plan, { cellsFor: await cellsFor(db.pool, plan) }).filter(({ kind }) => kind === 'placed')
  const lists: (readonly number[])[] = []
  const tasks = (placed as Extract<Source, { kind: 'placed' }>[]).map(async (source): Promise<Task[]> => {
    const { population, ranges } = source
    const choice = choiceOf(plan, population, source)
    const { bounds } = await boundsOf(db.pool, tableOf[population], 'cell')
    return shareRanges(ranges, bounds).map((share) => async (client) => {
      const values = new Values()
      const whole = placedIn(choice, rangesFor(choice, share, 'whole'), 'whole', 'p.msisdn', values)
      const { rows } = await client.query<{ ids: number[] }>(
        `SELECT coalesce(array_agg(p.msisdn), '{}') AS ids FROM ${whole}`,
        values.list,
      )
      const near = await peopleToLookAt(client, choice, share, grouping)
      const inside = near.filter(({ lon, lat }) => plan.zone?.contains(lon, lat))
      lists.push(
        rows[0]?.ids ?? [],
        inside.map(({ msisdn }) => msisdn),
      )
    })
  })
  await askByAndBy(db, (await Promise.all(tasks)).flat(), async () => undefined)
  return joined(lists)
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
