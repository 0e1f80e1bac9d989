import type { Shape } from '../geo/zone.ts'
import { checkedShape } from './check-shapes.ts'
import { type Findings, quote } from './findings.ts'
import type { XmlElement } from './xml-tree.ts'

// Of each text one way to match only: with `\d+\.?\d*`, a megabyte of digits would take hours.
const number = '[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)'
const pairPattern = new RegExp(`^(${number}),(${number})$`)
const circlePattern = new RegExp(`^(${number}),(${number})\\s+(${number})$`)

/**
 * `lat,lon lat,lon …` (CAP 1.2 §3.2.4): at least four pairs, the last equal to the first. An open ring is closed and white space
 * around commas taken out, with a note: both have one meaning only.
 */
export function readPolygon(element: XmlElement, findings: Findings): Shape | undefined {
  const ring: number[][] = []
  for (const pair of joined(element, findings).split(' ')) {
    const match = pairPattern.exec(pair)
    if (match === null) {
      const hint = 'Write latitude,longitude pairs with a space between them.'
      findings.problem('cap-polygon', element.path, pair === '' ? 'It is empty' : `${quote(pair)} is no pair`, hint)
      return undefined
    }
    ring.push([Number(match[2]), Number(match[1])])
  }
  const point = (within: string) =>
    within.replace(/^\.rings\[0\](?:\[(\d+)\])?$/, (_, i) => (i ? ` point ${+i + 1}` : ''))
  return checkedShape({ kind: 'polygon', rings: [ring] }, element.path, point, findings)
}

/**
 * `lat,lon radius` with the radius in km (CAP 1.2 §3.2.4). A radius of 0 marks a point, and a point holds nobody.
 * @param area which one it is of, for people
 * @param beside what else says where the area is
 */
export function readCircle(
  element: XmlElement,
  area: string,
  beside: 'shapes' | 'geocodes' | 'nothing',
  findings: Findings,
): Shape | undefined {
  const text = joined(element, findings)
  const match = circlePattern.exec(text)
  if (match === null) {
    const hint = 'Write latitude,longitude, a space and the radius in km.'
    findings.problem('cap-circle', element.path, text === '' ? 'It is empty' : `${quote(text)} is no circle`, hint)
    return undefined
  }
  const radiusKm = Number(match[3])
  if (radiusKm === 0 && beside !== 'nothing') {
    const counts = beside === 'shapes' ? 'its other shapes count' : 'its geocodes count'
    findings.note(element.path, `The circle of ${area} has the radius 0: it is a point and was left out; ${counts}`)
    return undefined
  }
  if (radiusKm === 0) {
    const hint = 'Give the radius in km within which people are to be told, or a polygon.'
    const message = `The circle of ${area} has the radius 0: it is a point and holds nobody`
    findings.problem('cap-circle', element.path, message, hint)
    return undefined
  }
  const circle: Shape = { kind: 'circle', lon: Number(match[2]), lat: Number(match[1]), radiusKm }
  return checkedShape(circle, element.path, () => '', findings)
}

/** Whether the circle is a point: an epicentre, which says where something happened and not who is to be told. */
export function isPoint(element: XmlElement): boolean {
  return Number(element.text.trim().split(/\s+/).at(-1)) === 0
}

/** The text with nothing around its commas: "37.0, 136.7 37.1, 136.8" can mean only one thing. */
function joined(element: XmlElement, findings: Findings): string {
  const text = plainSpaces(element.text)
  const tight = text.replaceAll(/ ?, ?/g, ',')
  if (tight !== text) findings.note(element.path, 'White space around its commas was taken out')
  return tight
}

/** Runs of white space as one space: files are indented and broken anew on their way. */
export function plainSpaces(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ')
}

/** One CAP polygon of an outer ring in lon, lat. */
export function writePolygon(ring: readonly (readonly number[])[]): string {
  return ring.map(([lon, lat]) => `${decimal(lat as number)},${decimal(lon as number)}`).join(' ')
}

export function writeCircle(lon: number, lat: number, radiusKm: number): string {
  return `${decimal(lat)},${decimal(lon)} ${decimal(radiusKm)}`
}

/** CAP numbers know no exponent. */
function decimal(value: number): string {
  const text = String(value)
  return text.includes('e') ? value.toFixed(12) : text
}
