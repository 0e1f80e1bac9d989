import { drawArea } from './cap-draw.ts'
import { CAP_NAMESPACE } from './cap-element.ts'
import { type DrawnArea, shapesParameter } from './cap-exact-shapes.ts'
import { writeList, writeReference } from './cap-lists.ts'
import type { Alert, Area, Info, NamedValue, Resource } from './model.ts'
import { type Element, renderXml } from './xml-write.ts'

/**
 * The alert as a CAP 1.2 document in UTF-8, elements in the order of the schema (CAP 1.2 §3.4). `parseCapXml` reads back the same
 * alert, but for what CAP has other forms for: a multipolygon becomes polygons, a country alone the geocode of its area. What CAP
 * has no form for (holes, shapes put together) is drawn wider, never smaller, and travels exactly in a parameter (`SHAPES_PARAMETER`).
 * @throws Problem `cap-without-outline` for a margin that cannot be drawn; see `drawArea`
 */
export function writeCapXml(alert: Alert): string {
  return renderXml('alert', CAP_NAMESPACE, [
    ['identifier', alert.identifier],
    ['sender', alert.sender],
    ['sent', alert.sent],
    ['status', alert.status],
    ['msgType', alert.msgType],
    ['source', alert.source],
    ['scope', alert.scope],
    ['restriction', alert.restriction],
    ['addresses', writeList(alert.addresses)],
    ...alert.code.map((code): Element => ['code', code]),
    ['note', alert.note],
    ['references', alert.references.map(writeReference).join(' ')],
    ['incidents', writeList(alert.incidents)],
    ...alert.infos.map((info): Element => ['info', infoElements(info)]),
  ])
}

function infoElements(info: Info): Element[] {
  const areas: Element[] = []
  const exact: NamedValue[] = []
  for (const area of info.areas) {
    const drawn = drawArea(area)
    if (!drawn.exact) exact.push(shapesParameter(area, areas.length + 1, drawn.areas))
    areas.push(...drawn.areas.map((one) => areaElement(area, one)))
  }
  return [
    ['language', info.language],
    ...info.category.map((category): Element => ['category', category]),
    ['event', info.event],
    ...info.responseType.map((type): Element => ['responseType', type]),
    ['urgency', info.urgency],
    ['severity', info.severity],
    ['certainty', info.certainty],
    ['audience', info.audience],
    ...namedElements('eventCode', info.eventCode),
    ['effective', info.effective],
    ['onset', info.onset],
    ['expires', info.expires],
    ['senderName', info.senderName],
    ['headline', info.headline],
    ['description', info.description],
    ['instruction', info.instruction],
    ['web', info.web],
    ['contact', info.contact],
    ...namedElements('parameter', [...info.parameter, ...exact]),
    ...(info.resources ?? []).map((resource): Element => ['resource', resourceElements(resource)]),
    ...areas,
  ]
}

function resourceElements({ resourceDesc, mimeType, size, uri, digest }: Resource): Element[] {
  return [
    ['resourceDesc', resourceDesc],
    ['mimeType', mimeType],
    ['size', size],
    ['uri', uri],
    ['digest', digest],
  ]
}

function areaElement({ areaDesc, altitude, ceiling }: Area, { polygons, circles, geocode }: DrawnArea): Element {
  return [
    'area',
    [
      ['areaDesc', areaDesc],
      ...polygons.map((polygon): Element => ['polygon', polygon]),
      ...circles.map((circle): Element => ['circle', circle]),
      ...namedElements('geocode', geocode),
      ['altitude', altitude],
      ['ceiling', ceiling],
    ],
  ]
}

function namedElements(name: string, pairs: readonly NamedValue[]): Element[] {
  return pairs.map(({ valueName, value }) => [
    name,
    [
      ['valueName', valueName],
      ['value', value],
    ],
  ])
}
