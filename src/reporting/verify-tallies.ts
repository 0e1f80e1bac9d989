import { type Database, snapshot } from '../store/database.ts'
import { countMessages, stateCounts } from '../store/reports/state-counts.ts'
import { type MessageState, messageStates, type StateCounts } from '../store/states.ts'

export interface TallyCheck {
  readonly holds: boolean
  /** Where the tally and the messages differ. */
  readonly differences: readonly { state: MessageState; tally: number; messages: number }[]
  /** The messages, counted. */
  readonly messages: StateCounts
}

/** Compares the tally of a broadcast with its messages at one instant; it reads them all. */
export async function verifyTallies(db: Database, broadcastId: number): Promise<TallyCheck> {
  const { tally, messages } = await snapshot(db.pool, async (client) => {
    const { states } = await stateCounts(client, broadcastId)
    return { tally: states, messages: await countMessages(client, broadcastId) }
  })
  const differences = messageStates.flatMap((state) =>
    tally[state] === messages[state] ? [] : { state, tally: tally[state], messages: messages[state] },
  )
  return { holds: differences.length === 0, differences, messages }
}
