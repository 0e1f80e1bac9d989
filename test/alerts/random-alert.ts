import type { Position } from 'geojson'
import { formatTime } from '../../src/alerts/cap-time.ts'
import * as model from '../../src/alerts/model.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'

/** An alert with anything that CAP allows, the same for the same seed. */
export function randomAlert(seed: number): model.Alert {
  const random = prng(seed).next
  const below = (n: number) => Math.floor(random() * n)
  const oneOf = <T>(values: readonly T[]) => values[below(values.length)] as T
  const several = <T>(most: number, make: () => T) => Array.from({ length: below(most + 1) }, make)
  const sometimes = <T extends object>(make: () => T): T | Record<string, never> => (random() < 0.5 ? make() : {})
  const someOf = <T>(values: readonly T[], least: number) => {
    const chosen = values.filter(() => random() < 0.3)
    return chosen.length < least ? [values[0] as T] : chosen
  }

  const letters = [...'abcXYZ019 .,;:-\'"&<>]]>%한글日本éüß\u0301🌊\t\n']
  const text = () => `x${several(30, () => oneOf(letters)).join('')}y`
  const name = () => `n${several(12, () => oneOf([...'abcXYZ019.:-_한글'])).join('')}`
  const listItem = () => oneOf([name(), `${name()} ${name()}`])
  const time = () => formatTime(1_700_000_000_000 + below(1e9) * 1000, oneOf(['-00:00', '+09:00', '-03:30', '+05:45']))
  const named = () => ({ valueName: text(), value: oneOf(['', text()]) })

  const ring = (lon: number, lat: number, radius: number): Position[] => {
    const corners = 3 + below(9)
    const points = Array.from({ length: corners }, (_, i) => {
      const [angle, reach] = [(2 * Math.PI * i) / corners, radius * (0.6 + 0.4 * random())]
      const round = (value: number) => Math.round(value * 1e5) / 1e5
      return [round(lon + reach * Math.cos(angle)), round(lat + reach * Math.sin(angle))]
    })
    return [...points, points[0] as Position]
  }
  const place = () => [below(300) - 150, below(120) - 60] as const
  const polygon = (): Shape => ({ kind: 'polygon', rings: [ring(...place(), 2)] })
  const holed = (): Shape => {
    const [lon, lat] = place()
    return { kind: 'polygon', rings: [ring(lon, lat, 4), ring(lon, lat, 0.3).toReversed()] }
  }
  const circle = (): Shape => {
    const [lon, lat] = place()
    return { kind: 'circle', lon, lat, radiusKm: oneOf([0.001, 12.5, 300, random() * 100]) }
  }
  const around = (): Shape => {
    const [lon, lat] = place()
    const whole: Shape = { kind: 'polygon', rings: [ring(lon, lat, 3)] }
    return { kind: 'difference', of: whole, minus: [{ kind: 'circle', lon, lat, radiusKm: 1 }] }
  }
  const together = (): Shape => ({ kind: 'union', of: [polygon(), circle()] })
  const shape = () => oneOf([polygon, polygon, circle, circle, holed, around, together])()

  const area = (): model.Area => ({
    areaDesc: text(),
    shapes: several(4, shape),
    geocode: several(3, named),
    ...sometimes(() => ({ altitude: below(9000) - 100.5, ...sometimes(() => ({ ceiling: 12_000 })) })),
  })
  const resource = (): model.Resource => ({
    resourceDesc: text(),
    mimeType: 'image/png',
    ...sometimes(() => ({ size: below(1e6) })),
    ...sometimes(() => ({ uri: 'https://example.org/?a=1&b=2' })),
    ...sometimes(() => ({ digest: name() })),
  })
  const info = (): model.Info => {
    const resources = several(2, resource)
    return {
      language: oneOf(['ko', 'en-US', 'zh-Hant-TW']),
      category: someOf(model.CATEGORIES, 1),
      event: text(),
      responseType: someOf(model.RESPONSE_TYPES, 0),
      urgency: oneOf(model.URGENCIES),
      severity: oneOf(model.SEVERITIES),
      certainty: oneOf(model.CERTAINTIES),
      ...sometimes(() => ({ audience: text() })),
      eventCode: several(2, named),
      ...sometimes(() => ({ effective: time() })),
      ...sometimes(() => ({ onset: time() })),
      ...sometimes(() => ({ expires: time() })),
      ...sometimes(() => ({ senderName: text(), headline: text(), description: text() })),
      ...sometimes(() => ({ instruction: text(), web: text(), contact: text() })),
      parameter: several(4, named),
      ...(resources.length === 0 ? {} : { resources }),
      areas: several(3, area),
    }
  }
  const reference = () => ({ sender: name(), identifier: name(), sent: time() })
  return {
    identifier: name(),
    sender: name(),
    sent: time(),
    status: oneOf(model.STATUSES),
    msgType: oneOf(model.MSG_TYPES),
    ...sometimes(() => ({ source: text() })),
    scope: oneOf(model.SCOPES),
    restriction: text(),
    addresses: [listItem(), ...several(2, listItem)],
    code: several(3, text),
    ...sometimes(() => ({ note: text() })),
    references: several(3, reference),
    incidents: several(2, listItem),
    infos: several(3, info),
  }
}
