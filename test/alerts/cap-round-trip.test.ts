import { expect, it } from 'vitest'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { isComposition } from '../../src/geo/zone.ts'
import { randomAlert } from './random-alert.ts'

it('reads back what it wrote: 300 random alerts of every element', () => {
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 300; seed++) {
    const alert = randomAlert(seed)
    const { alert: read, notes, warnings } = parseCapXml(writeCapXml(alert))
    expect(read, `seed ${seed}`).toEqual(alert)
    // Whoever reads exact shapes is told that they count, and not what is drawn.
    const others = notes.filter(({ message }) => !message.startsWith('The exact shapes of bongsu:shapes count'))
    expect([others, warnings], `seed ${seed}`).toEqual([[], []])
    const composed = alert.infos.some((info) => info.areas.some(({ shapes }) => shapes.some(isComposition)))
    expect(notes.length > 0 || !composed, `seed ${seed}`).toBe(true)
    for (const info of alert.infos) for (const area of info.areas) for (const { kind } of area.shapes) kinds.add(kind)
  }
  expect([...kinds].sort()).toEqual(['circle', 'difference', 'polygon', 'union'])
})
