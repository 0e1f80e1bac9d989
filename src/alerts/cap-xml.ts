import { Problem } from '../lib/problem.ts'
import { CAP_NAMESPACE, CapElement } from './cap-element.ts'
import { readCircle, readPolygon } from './cap-geometry.ts'
import { readList, readReference } from './cap-lists.ts'
import { Findings, quote } from './findings.ts'
import * as model from './model.ts'
import { decodeXml } from './xml-text.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

const repeatable = new Set(
  'code info category responseType eventCode parameter resource area polygon circle geocode'.split(' '),
)

/** CAP 1.2 §3.2.1: identifier and sender hold no white space, comma, `<` or `&`. */
const identifierPattern = /^[^\s,<&]+$/

/**
 * Reads a CAP 1.2 alert: well-formed, of the right namespace, with everything CAP asks for, or not at all. Whether it may be
 * launched is another question (`acceptAlert`). Bytes are decoded by BOM or XML declaration; a string is taken as it is.
 * @throws Problem `cap-too-large`, `bad-encoding`, `not-xml`, `xml-forbidden`, `not-cap`, `cap-version`, or `cap-invalid` with one
 *   detail per violation, each with its XML path
 */
export function parseCapXml(input: Uint8Array | string): { alert: model.Alert; notes: model.Note[] } {
  const root = parseXml(decodeXml(input), repeatable)
  refuseOthers(root)
  const findings = new Findings()
  const alert = readAlert(root, findings)
  findings.throwIfAny('cap-invalid', 'The alert is not valid CAP 1.2')
  return { alert, notes: findings.notes }
}

function refuseOthers(root: XmlElement): void {
  if (root.name === 'alert' && root.namespace === CAP_NAMESPACE) return
  const version = /^(?:urn:oasis:names:tc:emergency:cap:|http:\/\/www\.incident\.com\/cap\/)(\S+)$/.exec(
    root.namespace,
  )?.[1]
  if (root.name === 'alert' && version !== undefined) {
    throw new Problem('cap-version', `The alert is CAP ${version}; only CAP 1.2 is taken`, {
      where: '/alert',
      hint: `Earlier versions allow other values. Write it as CAP 1.2, xmlns="${CAP_NAMESPACE}".`,
    })
  }
  throw new Problem('not-cap', `The document is ${quote(root.name)} of ${quote(root.namespace)}, not a CAP alert`, {
    where: root.path,
    hint: `The root has to be <alert xmlns="${CAP_NAMESPACE}">.`,
  })
}

function readAlert(root: XmlElement, findings: Findings): model.Alert {
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
    infos: element.children('info').map((child) => readInfo(child, findings)),
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

function readInfo(child: XmlElement, findings: Findings): model.Info {
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
    areas: element.children('area').map((area) => readArea(area, findings)),
  }
  for (const resource of element.children('resource')) {
    findings.note(resource.path, 'Files do not travel by SMS; the resource was left out')
  }
  element.close()
  return info
}

function readArea(child: XmlElement, findings: Findings): model.Area {
  const element = new CapElement(child, findings)
  const polygons = element.children('polygon')
  const beside = polygons.length > 0 ? 'polygon' : 'nothing'
  const area: model.Area = {
    areaDesc: element.required('areaDesc'),
    shapes: [
      ...polygons.flatMap((polygon) => readPolygon(polygon, findings) ?? []),
      ...element.children('circle').flatMap((circle) => readCircle(circle, beside, findings) ?? []),
    ],
    geocode: element.namedValues('geocode'),
    ...readHeights(element, findings),
  }
  element.close()
  return area
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
