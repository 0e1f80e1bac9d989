import { type Destination, Routes } from '../carriers/routes.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { carries, type Use } from '../lib/use.ts'
import { registerCarriers } from '../store/chunks/carriers.ts'
import type { Client } from '../store/database.ts'

/** Routes as carrier numbers, for messages and chunks. */
export interface RouteNumbers {
  /** Preferred carrier first; `preferred`, where it can be used, before all. */
  find(to: Destination, use: Use, preferred?: number): readonly number[]
  profileOf(no: number): CarrierProfile | undefined
  /** Number prefixes that make a difference. */
  prefixes(): readonly string[]
  /** The same as of now, whatever profiles come later. */
  asOfNow(): RouteNumbers
}

export async function routeNumbers(db: Client, profiles: readonly CarrierProfile[]): Promise<RouteNumbers> {
  const rows = await registerCarriers(
    db,
    profiles.map((profile) => profile.id),
  )
  const numbers = new Map([...rows.values()].map((row) => [row.id, row.no]))
  const byNo = new Map(profiles.map((profile) => [numbers.get(profile.id) as number, profile]))
  const routes = new Routes(profiles)
  const found: RouteNumbers = {
    find(to, use, preferred) {
      const ways = routes.find(to, use).map((profile) => numbers.get(profile.id) as number)
      const before = preferred === undefined ? undefined : byNo.get(preferred)
      if (preferred === undefined || !before || !carries(before, use)) return ways
      return [preferred, ...ways.filter((no) => no !== preferred)]
    },
    profileOf: (no) => byNo.get(no),
    prefixes: () => routes.prefixes,
    asOfNow: () => found,
  }
  return found
}
