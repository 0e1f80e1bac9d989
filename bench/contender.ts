import type { BenchZone } from './zones.ts'

/** One way to find the people of a zone, and to make their messages. */
export interface Contender {
  readonly name: string
  /** The numbers of all whose place is in the zone, in any order. */
  read(zone: BenchZone): Promise<Float64Array>
  /** Does all that comes before an insertion and is not a part of it. What it returns makes the messages of the zone. */
  readyToInsert(zone: BenchZone): Promise<() => Promise<void>>
  /** The numbers that have messages. */
  told(): Promise<Float64Array>
  /** Takes all messages away, and writes what is dirty: the next insertion pays for its own. */
  clear(): Promise<void>
}
