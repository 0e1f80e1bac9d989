import type { Region } from '../geo/region.ts'
import { boundsOf } from '../store/audience/bounds.ts'
import { tableOf } from '../store/audience/choice.ts'
import type { Client } from '../store/database.ts'
import { populationsOf } from './audience.ts'
import type { AudiencePlan } from './audience-plan.ts'
import { partsIn } from './shares.ts'
import { residentRanges } from './zone-ranges.ts'

/** For an estimate of how many people are near the border. */
const roughCells = 200

/**
 * How many cells are to cover a region. A cell costs 3 us to look up, and somebody near the border, in a cell that is cut, 3 us to look
 * at. The people in cut cells become fewer with the root of the number of cells, which makes the sum of both least at the number
 * below: 100 for a village, thousands for a long border among people.
 */
export async function cellsFor(db: Client, plan: AudiencePlan): Promise<(region: Region) => number> {
  const tables = await Promise.all(populationsOf(plan).map((one) => boundsOf(db, tableOf[one], 'cell')))
  return (region) => {
    const cut = residentRanges(region, roughCells).filter(({ inside }) => !inside)
    let people = 0
    for (const { bounds, rows } of tables) {
      if (bounds.length > 1) people += (partsIn(cut, bounds) / (bounds.length - 1)) * rows
    }
    const best = ((people * Math.sqrt(roughCells)) / 2) ** (2 / 3)
    return Math.round(Math.max(100, Math.min(8000, best)))
  }
}
