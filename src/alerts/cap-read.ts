import { countryOf } from './area.ts'
import { CapElement } from './cap-element.ts'
import { type DrawnArea, restoreShapes } from './cap-exact-shapes.ts'
import { isPoint, readCircle, readPolygon } from './cap-geometry.ts'
import { readList, readReference } from './cap-lists.ts'
import { readResource } from './cap-resource.ts'
import { type Findings, quote } from './findings.ts'
import * as model from './model.ts'
import type { XmlElement } from './xml-tree.ts'

/** Elements of which there may be several: their paths count from 1. */
export const repeatable: ReadonlySet<string> = new Set(
  'code info category responseType eventCode parameter resource area polygon circle geocode'.split(' '),
)

const identifierPattern = new RegExp(model.IDENTIFIER_PATTERN)

/** What is wrong or was left out goes to `findings`, what the author should look at before he goes on to `warnings`. */
export interface Reading {
  readonly findings: Findings
  readonly warnings: Findings
}

/** The alert of an `alert` element, CAP 1.2 §3.2. */
export function readAlert(root: XmlElement, reading: Reading): model.Alert {
  const { findings } = reading
  const element = new CapElement(root, findings)
  const alert: model.Alert = {
    identifier: readIdentifier(element, 'identifier', findings),
    sender: readIdentifier(element, 'sender', findings),
    sent: element.time('sent').sent ?? '',
    status: element.oneOf('status', model.STATUSES),
    msgType: element.oneOf('msgType', model.MSG_TYPES),
    ...element.maybe('source'),
    scope: element.oneOf('scope', model.SCOPES),
    ...element.maybe('restriction'),
    addresses: readList(element.optional('addresses') ?? ''),
    code: element.texts('code'),
    ...element.maybe('note'),
    references: readReferences(element, findings),
    incidents: readList(element.optional('incidents') ?? ''),
    infos: element.children('info').map((child) => readInfo(child, reading)),
  }
  if (alert.sent === '') element.missing('sent')
  if (alert.scope === 'Restricted' && alert.restriction === undefined) element.missing('restriction')
  if (alert.scope === 'Private' && alert.addresses.length === 0) element.missing('addresses')
  element.close()
  return alert
}

function readIdentifier(element: CapElement, name: string, findings: Findings): string {
  const text = element.required(name)
  if (text !== '' && !identifierPattern.test(text)) {
    const message = `${quote(text)} has a space, a comma, < or &, and references could not name it`
    findings.problem('cap-value', `${element.path}/${name}`, message)
  }
  return text
}

function readReferences(element: CapElement, findings: Findings): model.Reference[] {
  return (element.optional('references') ?? '').split(/\s+/).flatMap((text) => {
    if (text === '') return []
    const reference = readReference(text)
    if (reference !== undefined) return reference
    const hint = 'Write sender,identifier,sent for each message, separated by spaces.'
    findings.problem('cap-value', `${element.path}/references`, `${quote(text)} is not a reference`, hint)
    return []
  })
}

function readInfo(child: XmlElement, reading: Reading): model.Info {
  const { findings } = reading
  const element = new CapElement(child, findings)
  const info: model.Info = {
    language: element.optional('language') ?? 'en-US',
    category: element.someOf('category', model.CATEGORIES, 1),
    event: element.required('event'),
    responseType: element.someOf('responseType', model.RESPONSE_TYPES, 0),
    urgency: element.oneOf('urgency', model.URGENCIES),
    severity: element.oneOf('severity', model.SEVERITIES),
    certainty: element.oneOf('certainty', model.CERTAINTIES),
    ...element.maybe('audience'),
    eventCode: element.namedValues('eventCode'),
    ...element.time('effective'),
    ...element.time('onset'),
    ...element.time('expires'),
    ...element.maybe('senderName'),
    ...element.maybe('headline'),
    ...element.maybe('description'),
    ...element.maybe('instruction'),
    ...element.maybe('web'),
    ...element.maybe('contact'),
    parameter: element.namedValues('parameter'),
    ...someResources(element.children('resource').flatMap((resource) => readResource(resource, findings) ?? [])),
    areas: [],
  }
  const drawn = element.children('area').map((area) => readArea(area, reading))
  info.areas = drawn.map(({ area }) => area)
  element.close()
  return restoreShapes(info, drawn, element.path, findings)
}

const someResources = (resources: model.Resource[]) => (resources.length === 0 ? {} : { resources })

function readArea(child: XmlElement, { findings, warnings }: Reading): DrawnArea & { area: model.Area } {
  const element = new CapElement(child, findings)
  const polygons = element.children('polygon')
  const circles = element.children('circle')
  const area: model.Area = {
    areaDesc: element.required('areaDesc'),
    shapes: polygons.flatMap((polygon) => readPolygon(polygon, findings) ?? []),
    geocode: element.namedValues('geocode'),
    ...readHeights(element, findings),
  }
  const hasShapes = polygons.length > 0 || circles.some((circle) => !isPoint(circle))
  const beside = hasShapes ? 'shapes' : area.geocode.length > 0 ? 'geocodes' : 'nothing'
  const which = `area ${/\[(\d+)\]$/.exec(child.path)?.[1] ?? 1}, ${quote(area.areaDesc)},`
  area.shapes.push(...circles.flatMap((circle) => readCircle(circle, which, beside, findings) ?? []))
  if (circles.length > 0 && beside === 'geocodes' && area.geocode.every((geocode) => countryOf(geocode)?.whole)) {
    const countries = area.geocode.map(({ value }) => value).join(', ')
    const message = `Of ${which} the whole of ${countries} is meant: its circle has the radius 0, is a point and was left out`
    warnings.problem('circle-is-a-point', child.path, message, 'Where a part of the country is meant, draw it.')
  }
  element.close()
  const texts = (children: readonly XmlElement[]) => children.map(({ text }) => text)
  return { area, polygons: texts(polygons), circles: texts(circles), geocode: area.geocode }
}

function readHeights(element: CapElement, findings: Findings): { altitude?: number; ceiling?: number } {
  const heights: { altitude?: number; ceiling?: number } = {}
  for (const name of ['altitude', 'ceiling'] as const) {
    const text = element.optional(name)
    if (text === undefined) continue
    if (/^[+-]?\d+(\.\d+)?$/.test(text)) heights[name] = Number(text)
    else findings.problem('cap-value', `${element.path}/${name}`, `${quote(text)} is not a number of feet`)
  }
  if (heights.ceiling !== undefined && heights.altitude === undefined) {
    findings.note(`${element.path}/ceiling`, 'A ceiling without an altitude means nothing and was left out')
    delete heights.ceiling
  }
  return heights
}
