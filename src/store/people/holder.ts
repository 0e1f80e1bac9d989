import type { Role } from '../../alerts/lifecycle.ts'

/** Whom a key or a session stands for. */
export interface Holder {
  readonly person: string
  readonly roles: readonly Role[]
  /** Home networks, of a carrier's key: it writes of their subscribers only. null: of all. */
  readonly hplmns: readonly string[] | null
  /** Of mission staff: what concerns these alone. null: everything. */
  readonly missions: readonly string[] | null
  /** Of a key: tags of the API, each alone or with `:read`. null: all that its role may. */
  readonly scopes: readonly string[] | null
}
