import { expect, it } from 'vitest'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { randomAlert } from './random-alert.ts'

it('reads back what it wrote: 300 random alerts of every element', () => {
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 300; seed++) {
    const alert = randomAlert(seed)
    const { alert: read, notes, warnings } = parseCapXml(writeCapXml(alert))
    expect(read, `seed ${seed}`).toEqual(alert)
    expect([notes, warnings], `seed ${seed}`).toEqual([[], []])
    for (const info of alert.infos) for (const area of info.areas) for (const { kind } of area.shapes) kinds.add(kind)
  }
  expect([...kinds].sort()).toEqual(['circle', 'difference', 'polygon', 'union'])
})
