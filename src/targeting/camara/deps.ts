import type { OperatorApi } from '../../carriers/camara/operator-api.ts'
import type { CamaraOperator } from '../../carriers/camara/operator-schema.ts'
import type { Logger } from '../../lib/log.ts'
import type { Queues } from '../../queue/queues.ts'
import type { Database } from '../../store/database.ts'

/** What a run at one operator stands on. */
export interface AccountDeps {
  readonly operator: CamaraOperator
  readonly api: OperatorApi
  readonly db: Database
  readonly queues: Queues
  readonly now: () => Date
  readonly log: Logger
}
