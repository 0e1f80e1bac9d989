import type { Shape } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import { COUNTRY_GEOCODE } from './area.ts'
import { CAP_NAMESPACE } from './cap-element.ts'
import { writeCircle, writePolygon } from './cap-geometry.ts'
import { writeList, writeReference } from './cap-lists.ts'
import type { Alert, Area, Info, NamedValue } from './model.ts'
import { ZONE_VERSION_GEOCODE } from './zones.ts'

type Content = string | number | readonly Element[] | undefined
type Element = readonly [name: string, content: Content]

/**
 * The alert as a CAP 1.2 document in UTF-8, elements in the order of the schema (CAP 1.2 §3.4). `parseCapXml` reads back the same
 * alert, but for what CAP has other forms for: a multipolygon becomes polygons, a country a geocode of its own area.
 * @throws Problem `cap-without-holes` for a polygon with holes: CAP has none, and without them it would reach more people
 */
export function writeCapXml(alert: Alert): string {
  const children: Element[] = [
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
  ]
  const lines = children.flatMap((child) => render(child, '  '))
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<alert xmlns="${CAP_NAMESPACE}">`, ...lines, '</alert>', ''].join(
    '\n',
  )
}

function infoElements(info: Info): Element[] {
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
    ...namedElements('parameter', info.parameter),
    ...info.areas.flatMap(areaElements),
  ]
}

/** One area, and one more for its countries where it has other shapes too: beside a polygon a geocode would not count. */
function areaElements(area: Area): Element[] {
  const drawn = area.shapes.flatMap(shapeElements)
  const countries = area.shapes.filter((shape) => shape.kind === 'country')
  const countryCodes = countries.map(({ iso2 }): NamedValue => ({ valueName: COUNTRY_GEOCODE, value: iso2 }))
  const heights: Element[] = [
    ['altitude', area.altitude],
    ['ceiling', area.ceiling],
  ]
  const build = (shapes: Element[], geocode: NamedValue[]): Element => [
    'area',
    [['areaDesc', area.areaDesc], ...shapes, ...namedElements('geocode', geocode), ...heights],
  ]
  if (countries.length === 0) return [build(drawn, area.geocode)]
  if (drawn.length === 0 && area.geocode.every(({ valueName }) => valueName === ZONE_VERSION_GEOCODE)) {
    return [build([], countryCodes)]
  }
  return [build(drawn, area.geocode), build([], countryCodes)]
}

function shapeElements(shape: Shape): Element[] {
  if (shape.kind === 'country') return []
  if (shape.kind === 'circle') return [['circle', writeCircle(shape.lon, shape.lat, shape.radiusKm)]]
  const polygons = shape.kind === 'polygon' ? [shape.rings] : shape.polygons
  return polygons.map(([outer = [], ...holes]): Element => {
    if (holes.length > 0) {
      throw new Problem('cap-without-holes', 'The area has a polygon with holes, which CAP cannot say', {
        status: 409,
        hint: 'Read the alert as JSON, or divide the polygon into parts without holes.',
      })
    }
    return ['polygon', writePolygon(outer)]
  })
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

function render([name, content]: Element, indent: string): string[] {
  if (content === undefined || content === '') return name === 'value' ? [`${indent}<value/>`] : []
  if (typeof content !== 'object') return [`${indent}<${name}>${escapeXml(String(content))}</${name}>`]
  return [`${indent}<${name}>`, ...content.flatMap((child) => render(child, `${indent}  `)), `${indent}</${name}>`]
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
