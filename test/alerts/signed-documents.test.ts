import { expect, it } from 'vitest'
import type { CapSigner } from '../../src/alerts/cap-signer.ts'
import { SignedDocuments } from '../../src/alerts/signed-documents.ts'
import { renderXml } from '../../src/alerts/xml-write.ts'
import { testSigner } from './signing.ts'

const signer = await testSigner()

/** The signer of the tests, with what it was asked to do. */
function watched() {
  const seen = { signed: 0, atOnce: 0, most: 0 }
  const watching: CapSigner = {
    ...signer,
    sign: async (xml) => {
      seen.signed++
      seen.most = Math.max(seen.most, ++seen.atOnce)
      const done = await signer.sign(xml)
      seen.atOnce--
      return done
    },
  }
  return { seen, documents: new SignedDocuments(watching) }
}

const document = (text: string) => () => renderXml('a', 'urn:a', [['b', text]])

it('is signed once for all who ask, one document at a time', async () => {
  const { seen, documents } = watched()
  const asked = Array.from({ length: 60 }, (_, i) => documents.get(`${i % 3}`, document(`${i % 3}`)))
  const answers = await Promise.all(asked)
  expect(seen).toEqual({ signed: 3, atOnce: 0, most: 1 })
  expect(new Set(answers.map(({ xml }) => xml)).size).toBe(3)
  expect(await documents.get('1', document('1'))).toBe(answers[1])
  expect(seen.signed).toBe(3)
})

it('is asked for in vain where a hundred wait already, but not for what is kept or under way', async () => {
  const { documents } = watched()
  const kept = await documents.get('kept', document('kept'))
  const waiting = Array.from({ length: 100 }, (_, i) => documents.get(`${i}`, document('x')))
  await expect(documents.get('one more', document('x'))).rejects.toMatchObject({ code: 'feed-busy', status: 503 })
  expect(await documents.get('kept', document('kept'))).toBe(kept)
  expect(await documents.get('7', document('x'))).toBe(await waiting[7])
  await Promise.all(waiting)
  expect((await documents.get('one more', document('x'))).xml).toContain('<b>x</b>')
})

it('is forgotten when it was asked for longest ago and there is too much', async () => {
  const { seen, documents } = watched()
  const large = document('x'.repeat(2 ** 22))
  for (const key of ['a', 'b', 'c', 'a', 'd']) await documents.get(key, large)
  expect(seen.signed).toBe(4)
  await documents.get('a', large)
  expect(seen.signed).toBe(4)
  await documents.get('b', large)
  expect(seen.signed).toBe(5)
})

it('that cannot be written is refused each time, and holds up no other', async () => {
  const { documents } = watched()
  const broken = () => {
    throw new Error('no outline')
  }
  const [first, other] = await Promise.allSettled([documents.get('x', broken), documents.get('y', document('y'))])
  expect([first?.status, other?.status]).toEqual(['rejected', 'fulfilled'])
  expect((await documents.get('x', document('x'))).xml).toContain('<b>x</b>')
})
