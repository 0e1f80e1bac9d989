import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { readTrustedKeys } from '../../src/alerts/signature-keys.ts'
import { prng } from '../../src/lib/prng.ts'
import { Problem } from '../../src/lib/problem.ts'

const dir = new URL('fixtures/', import.meta.url)
const files = readdirSync(dir).filter((name) => name.endsWith('.xml'))
const keys = readTrustedKeys(readFileSync(new URL('naads.crt', dir), 'latin1'), 'naads.crt')

const insertions = [
  '<',
  '>',
  '&',
  '&amp;',
  '&#0;',
  '&#x110000;',
  '&x;',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?x',
  '<!DOCTYPE a>',
  '<!ENTITY a "b">',
  '</alert>',
  '<alert>',
  '<info>',
  '<area/>',
  '<polygon>0,0 0,0</polygon>',
  ' xmlns=""',
  ' xmlns:a="b"',
  ' a="1" a="2"',
  '\u0000',
  '\uFFFF',
  '\uD800',
  '9'.repeat(400),
  '1e999',
  '<__proto__/>',
  '<constructor>x</constructor>',
  'Id="_0" ',
  '<Signature/>',
  '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>',
  '-1',
  'NaN',
  '{"area":1}',
]

/** One to four changes of any kind: what a broken disk, a bad proxy, an editor or somebody hostile would make of it. */
function mutated(bytes: Buffer, random: () => number): Buffer {
  let result = bytes
  const at = () => Math.floor(random() * (result.length + 1))
  const element = () => {
    const text = result.toString('latin1')
    const all = [...text.matchAll(/<([\w:]+)[^<>]*>[^<>]*<\/\1>/g)]
    return all[Math.floor(random() * all.length)]
  }
  const splice = (start: number, end: number, middle: Buffer) =>
    Buffer.concat([result.subarray(0, start), middle, result.subarray(end)])
  const changes = [
    () => result.subarray(0, at()),
    () => splice(at(), 0, Buffer.alloc(0)),
    () => {
      const flipped = Buffer.from(result)
      const i = at() % Math.max(1, flipped.length)
      flipped[i] = (flipped[i] ?? 0) ^ (1 << Math.floor(random() * 8))
      return flipped
    },
    () => {
      const i = at()
      return splice(i, i, Buffer.from(insertions[Math.floor(random() * insertions.length)] as string))
    },
    () => {
      const [i, j] = [at(), at()].sort((a, b) => a - b) as [number, number]
      return splice(i, Math.min(j, i + 200), Buffer.alloc(0))
    },
    () => {
      const found = element()
      if (found === undefined) return result
      const copies = Buffer.from(found[0].repeat(1 + Math.floor(random() * 3)), 'latin1')
      return splice(found.index, found.index, copies)
    },
    () => {
      const [one, other] = [element(), element()]
      if (one === undefined || other === undefined) return result
      return splice(one.index, one.index + one[0].length, Buffer.from(other[0], 'latin1'))
    },
  ]
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--)
    result = (changes[Math.floor(random() * changes.length)] as () => Buffer)()
  return result
}

it.each(files)('of %s, changed in 400 ways, makes an alert or a Problem, and nothing else', (name) => {
  const original = readFileSync(new URL(name, dir))
  const random = prng(name.length).next
  const outcomes = { alert: 0, problem: 0 }
  for (let i = 0; i < 400; i++) {
    const bytes = mutated(original, random)
    try {
      parseCapXml(bytes, keys)
      outcomes.alert += 1
    } catch (error) {
      if (!(error instanceof Problem)) throw new Error(`${name}, change ${i}: ${(error as Error).stack}\n${bytes}`)
      expect(error.message).not.toBe('')
      outcomes.problem += 1
    }
  }
  expect(outcomes.problem).toBeGreaterThan(100)
})
