import type { ApiDeps } from '../../src/api/deps.ts'
import { cloneDatabase } from '../support/database.ts'
import { type Call, openApi, type TestApi } from './open-api.ts'

export type { Call, TestApi }

/** The API over a database of its own, injected into. Nothing answers its bells. */
export async function startApi(more: Partial<ApiDeps> = {}): Promise<TestApi> {
  const database = await cloneDatabase()
  const api = await openApi(database.url, more)
  return {
    ...api,
    close: async () => {
      await api.close()
      await database.drop()
    },
  }
}

/** The last segment of a problem's type. */
export const codeOf = (answered: { body: { type: string } }) => answered.body.type.split('/').at(-1)
