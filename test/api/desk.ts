import { afterAll, beforeAll } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { openFor } from '../reporting/broadcast.ts'
import type { TestApi } from './open-api.ts'
import { startApi } from './support.ts'

type Person = 'composer' | 'approver'

/** CAP's form of a time so many ms from now. */
export const timeIn = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}-00:00`

/** An Extreme alert for all of Japan, in force for an hour, that has all that an alert needs. */
export const alertBody = (change: object = {}, info: object = {}) => ({
  status: 'Actual',
  infos: [
    {
      language: 'ko',
      event: '지진',
      urgency: 'Immediate',
      severity: 'Extreme',
      certainty: 'Observed',
      senderName: '외교부',
      expires: timeIn(3_600_000),
      headline: '[외교부] 일본 지진',
      instruction: '높은 곳으로 대피하세요',
      areas: [{ areaDesc: '일본', shapes: [{ kind: 'country', iso2: 'JP' }] }],
      ...info,
    },
  ],
  ...change,
})

export interface Desk {
  /** Written by the composer. Returns its id, as the others do. */
  draft(body?: object): Promise<string>
  submitted(body?: object): Promise<string>
  approved(body?: object): Promise<string>
  live(body?: object): Promise<string>
  act(id: string, what: string, role: Person, body?: object): ReturnType<TestApi['call']>
  /** As a viewer sees it. */
  view(id: string): ReturnType<TestApi['call']>
}

/** Two people at work, a composer and an approver. */
export function openDesk(api: TestApi): Desk {
  const must = async (done: ReturnType<TestApi['call']>) => {
    const answer = await done
    if (answer.status >= 300) throw new Error(answer.text)
    return answer
  }
  const desk: Desk = {
    draft: async (body = alertBody()) => (await must(api.call('composer', 'POST', '/v1/alerts', { body }))).body.id,
    async submitted(body) {
      const id = await desk.draft(body)
      await must(desk.act(id, 'submit', 'composer'))
      return id
    },
    async approved(body) {
      const id = await desk.submitted(body)
      await must(desk.act(id, 'approve', 'approver'))
      return id
    },
    async live(body) {
      const id = await desk.approved(body)
      await must(desk.act(id, 'launch', 'composer'))
      return id
    },
    act: (id, what, role, body) =>
      api.call(role, 'POST', `/v1/alerts/${id}/${what}`, body === undefined ? {} : { body }),
    view: (id) => api.call('viewer', 'GET', `/v1/alerts/${id}`),
  }
  return desk
}

/** A desk with an API of its own, for the file that calls it. */
export function deskForFile(): Desk & { readonly api: TestApi } {
  const desk = {} as Desk & { api: TestApi }
  beforeAll(async () => {
    const api = await startApi()
    Object.assign(desk, openDesk(api), { api })
  })
  afterAll(() => desk.api?.close())
  return desk
}

/** A live alert whose broadcast was made here, not by selection. */
export async function inForce(desk: Desk, db: Database): Promise<{ id: string; broadcastId: number }> {
  const id = await desk.approved()
  await db.pool.query(`UPDATE alert SET phase = 'live' WHERE id = $1`, [id])
  return { id, broadcastId: await openFor(db, id) }
}
