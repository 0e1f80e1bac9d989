import { readFileSync } from 'node:fs'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import type { Alert, Info } from '../../src/alerts/model.ts'
import { Problem } from '../../src/lib/problem.ts'

export const NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'

/** 16:12 in Japan, 1 January 2024: when the sample is sent. */
export const SENT = Date.parse('2024-01-01T16:12:00+09:00')

export function demoCap(name: string): Alert {
  return parseCapXml(readFileSync(new URL(`../../docs/examples/${name}.xml`, import.meta.url))).alert
}

export function sampleInfo(change: Partial<Info> = {}): Info {
  return {
    language: 'ko',
    category: ['Geo'],
    event: '지진',
    responseType: ['Evacuate'],
    urgency: 'Immediate',
    severity: 'Extreme',
    certainty: 'Observed',
    eventCode: [],
    expires: '2024-01-02T16:12:00+09:00',
    headline: '강진',
    instruction: '대피하세요',
    parameter: [],
    areas: [{ areaDesc: '노토', shapes: [{ kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 }], geocode: [] }],
    ...change,
  }
}

export function sample(change: Partial<Alert> = {}, info: Partial<Info> = {}): Alert {
  return {
    identifier: 'noto-1',
    sender: 'alerts@bongsu.example',
    sent: '2024-01-01T16:12:00+09:00',
    status: 'Actual',
    msgType: 'Alert',
    scope: 'Public',
    addresses: [],
    code: [],
    references: [],
    incidents: [],
    infos: [sampleInfo(info)],
    ...change,
  }
}

/** A valid CAP document; `edit` changes its text. */
export function capText(edit: (xml: string) => string = (xml) => xml): string {
  return edit(`<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="${NAMESPACE}">
  <identifier>noto-1</identifier>
  <sender>alerts@bongsu.example</sender>
  <sent>2024-01-01T16:12:00+09:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>ko</language>
    <category>Geo</category>
    <event>지진</event><responseType>Evacuate</responseType>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Observed</certainty>
    <expires>2024-01-02T16:12:00+09:00</expires>
    <headline>강진</headline>
    <area>
      <areaDesc>노토</areaDesc>
      <polygon>37.0,136.7 37.0,137.0 37.3,137.0 37.3,136.7 37.0,136.7</polygon>
    </area>
  </info>
</alert>
`)
}

export function problemOf(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('no Problem was thrown')
}

/** `[code, where]` of each detail, in order, without the lines that XML has besides its paths. */
export function detailsOf(run: () => unknown): (string | undefined)[][] {
  return problemOf(run).details.map(({ code, where }) => [code, where?.replace(/ \(line \d+\)$/, '')])
}
