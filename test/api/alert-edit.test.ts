import { describe, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import { capText } from '../alerts/sample.ts'
import { alertBody, deskForFile, timeIn } from './desk.ts'
import { codeOf } from './support.ts'

const desk = deskForFile()

const etagOf = async (id: string) => (await desk.view(id)).headers.etag as string

const edit = (id: string, etag: string | undefined, body: unknown = changed(), type?: string) =>
  desk.api.call('composer', 'PUT', `/v1/alerts/${id}?confirm=content,contacts`, {
    body,
    ...(type === undefined ? {} : { type }),
    headers: etag === undefined ? {} : { 'if-match': etag },
  })

const changed = () => alertBody({}, { headline: '[외교부] 일본 지진, 해일' })

describe('an edit', () => {
  test('puts another text in place and makes it a draft again, whoever had approved it', async () => {
    const id = await desk.approved()
    const before = (await desk.view(id)).body
    const { status, body, headers } = await edit(id, await etagOf(id))
    expect(status).toBe(200)
    expect(body).toMatchObject({ id, identifier: before.identifier, sent: before.sent, phase: 'draft', forecast: null })
    expect(body.lifecycle.approval).toBeUndefined()
    expect(body.texts[0].text).toContain('해일')
    expect(body.digest).not.toBe(before.digest)
    expect(headers.etag).toBe(await etagOf(id))
    expect(codeOf(await desk.act(id, 'launch', 'composer'))).toBe('wrong-phase')
    expect(await desk.view(id)).toMatchObject({ body: { texts: body.texts } })
  })

  test('makes an author of whoever edits: he cannot approve it then', async () => {
    const id = await desk.draft()
    const key = await addKey(desk.api.db, 'second', 'composer', 'test')
    const { status } = await desk.api.call(undefined, 'PUT', `/v1/alerts/${id}`, {
      key,
      body: changed(),
      headers: { 'if-match': await etagOf(id) },
    })
    expect(status).toBe(200)
    expect((await desk.view(id)).body.lifecycle.authors).toEqual(['composer', 'second'])
  })

  test('by CAP is read as a new alert is, with an identity of its own', async () => {
    const id = await desk.draft()
    const cap = capText((xml) =>
      xml
        .replace('noto-1', 'edited-by-cap')
        .replace('2024-01-01T16:12:00+09:00', timeIn(-1_000))
        .replace('2024-01-02T16:12:00+09:00', timeIn(3_600_000)),
    )
    const { status, text, body } = await edit(id, await etagOf(id), cap, 'application/cap+xml')
    expect(status, text).toBe(200)
    expect(body).toMatchObject({ id, identifier: 'edited-by-cap', phase: 'draft' })
  })

  test('is refused without saying which version was seen, and where it is not that any more', async () => {
    const id = await desk.draft()
    expect(await edit(id, undefined)).toMatchObject({ status: 428 })
    const seen = await etagOf(id)
    expect((await edit(id, seen)).status).toBe(200)
    const late = await edit(id, seen, alertBody({}, { headline: '다른 글' }))
    expect(late.status).toBe(412)
    expect(codeOf(late)).toBe('precondition-failed')
    expect((await desk.view(id)).body.texts[0].text).toContain('해일')
    expect((await edit(id, `W/${await etagOf(id)}`)).status).toBe(412)
    expect((await edit(id, (await etagOf(id)).replaceAll('"', ''))).status).toBe(200)
  })

  test('of two at once one is told that the other was faster', async () => {
    const id = await desk.draft()
    const seen = await etagOf(id)
    const done = await Promise.all(Array.from({ length: 5 }, () => edit(id, seen)))
    expect(done.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412])
  })

  test('of what people have read is refused, and changes nothing', async () => {
    const id = await desk.live()
    const before = (await desk.view(id)).body
    expect(codeOf(await edit(id, await etagOf(id)))).toBe('wrong-phase')
    expect((await desk.view(id)).body).toEqual(before)
  })

  test('that takes the name of another alert is refused', async () => {
    const [one, other] = [await desk.draft(), await desk.draft()]
    const { identifier, sender, sent } = (await desk.view(other)).body.document
    const taken = await edit(one, await etagOf(one), alertBody({ identifier, sender, sent }))
    expect(taken.status).toBe(409)
    expect(codeOf(taken)).toBe('alert-exists')
  })

  test('that would be no alert is refused with its reasons', async () => {
    const id = await desk.draft()
    const refused = await edit(id, await etagOf(id), alertBody({}, { areas: [] }))
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('area-missing')
    expect((await desk.view(id)).body.version).toBe(1)
  })

  test('is answered with the ETag of the next one, as every act is', async () => {
    const id = await desk.draft()
    expect(await etagOf(id)).toBe('"1"')
    const submitted = await desk.act(id, 'submit', 'composer')
    expect(submitted.headers.etag).toBe('"2"')
    expect(await etagOf(id)).toBe('"2"')
  })
})
