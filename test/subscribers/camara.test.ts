import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'
import { notificationOf, parseCamara, parseCamaraBatch } from '../../src/subscribers/camara.ts'

const roaming = (name: string, data: object, version = 'v1') => ({
  id: 'e-1',
  source: 'https://notify.carrier.example',
  specversion: '1.0',
  type: `org.camaraproject.device-roaming-status-subscriptions.${version}.${name}`,
  time: '2026-11-21T12:04:05+09:00',
  data: { subscriptionId: 's-1', device: { phoneNumber: '+821012345678' }, ...data },
})
const area = (name: string, data: object = {}) => ({
  ...roaming('x', {}),
  type: `org.camaraproject.geofencing-subscriptions.v0.${name}`,
  data: {
    subscriptionId: 's-2',
    area: { areaType: 'CIRCLE', center: { latitude: 37.39, longitude: 136.9 }, radius: 2000 },
    ...data,
  },
})
const at = new Date('2026-11-21T03:04:05Z')
const envelope = { key: 'https://notify.carrier.example e-1', at, msisdn: '821012345678', subscriptionId: 's-1' }
const enter = (...countries: string[]) => ({
  ...envelope,
  kind: 'notification',
  notification: { id: envelope.key, countries, at, event: 'enter' },
})

describe('device-roaming-status', () => {
  test.each(['v0', 'v1', 'v0.8', 'vwip'])('of version %s: a change of country gives the country', (version) => {
    const event = roaming('roaming-change-country', { countryCode: 214, countryName: ['ES'] }, version)
    expect(parseCamara(event)).toEqual(enter('ES'))
  })

  test('a status gives one country, several, or those of the MCC', () => {
    const status = (data: object) => parseCamara(roaming('roaming-status', { roaming: true, ...data }))
    expect(status({ countryCode: 440, countryName: ['JP'] })).toEqual(enter('JP'))
    expect(status({ countryCode: 340, countryName: ['MQ', 'GP'] })).toEqual(enter('GP', 'MQ'))
    expect(status({ countryCode: 440, countryName: [] })).toEqual(enter('JP'))
    expect(status({ countryCode: 440 })).toEqual(enter('JP'))
    expect(status({ countryCode: 901, countryName: [] })).toEqual(enter())
  })

  test('a status without any country, and a bare roaming-on, have it asked', () => {
    expect(parseCamara(roaming('roaming-status', { roaming: true }))).toEqual({ ...envelope, kind: 'ask-country' })
    expect(parseCamara(roaming('roaming-on', {}))).toEqual({ ...envelope, kind: 'ask-country' })
  })

  test('roaming-off, and a status that says so, mean home', () => {
    const home = {
      ...envelope,
      kind: 'notification',
      notification: { id: envelope.key, countries: [], at, event: 'leave' },
    }
    expect(parseCamara(roaming('roaming-off', {}))).toEqual(home)
    expect(parseCamara(roaming('roaming-status', { roaming: false }))).toEqual(home)
  })

  test('without a device is told by its subscription', () => {
    const event = parseCamara(roaming('roaming-change-country', { countryName: ['ES'], device: undefined }))
    expect(event.msisdn).toBeUndefined()
    expect(event.subscriptionId).toBe('s-1')
    if (event.kind !== 'notification') throw new Error('no notification')
    expect(notificationOf(event)).toBeUndefined()
    expect(notificationOf(event, '821099998888')).toMatchObject({ msisdn: '821099998888', countries: ['ES'] })
  })
})

describe('geofencing', () => {
  test('an area entered is a place with its radius', () => {
    expect(parseCamara(area('area-entered'))).toMatchObject({
      kind: 'notification',
      subscriptionId: 's-2',
      notification: { event: 'location', lon: 136.9, lat: 37.39, radiusM: 2000, countries: [] },
    })
  })

  test('an area left is not a country left', () => {
    expect(parseCamara(area('area-left'))).toMatchObject({ kind: 'area-left', lon: 136.9, lat: 37.39, radiusM: 2000 })
  })
})

describe('the life of a subscription', () => {
  test.each([
    ['subscription-started', { initiationReason: 'SUBSCRIPTION_CREATED' }, 'started', 'SUBSCRIPTION_CREATED', false],
    ['subscription-updated', { updateReason: 'SUBSCRIPTION_INACTIVE' }, 'updated', 'SUBSCRIPTION_INACTIVE', false],
    ['subscription-ended', { terminationReason: 'MAX_EVENTS_REACHED' }, 'ended', 'MAX_EVENTS_REACHED', true],
    ['subscription-ended', { terminationReason: 'SUBSCRIPTION_DELETED' }, 'ended', 'SUBSCRIPTION_DELETED', false],
  ])('%s with %j', (name, data, state, reason, renew) => {
    const expected = { ...envelope, kind: 'subscription', state, reason, renew }
    expect(parseCamara(roaming(name, data))).toEqual(expected)
  })

  test('of a geofence ends as well, with its area', () => {
    const event = area('subscription-ended', { terminationReason: 'SUBSCRIPTION_EXPIRED' })
    expect(parseCamara(event)).toMatchObject({ kind: 'subscription', renew: true, subscriptionId: 's-2' })
  })
})

describe('refuses', () => {
  test.each([
    [{ ...roaming('roaming-on', {}), specversion: '0.3' }, 'specversion'],
    [{ ...roaming('roaming-on', {}), id: '' }, 'id'],
    [{ ...roaming('roaming-on', {}), time: 'yesterday' }, 'time'],
    [{ ...roaming('roaming-on', {}), type: 'org.example.other' }, 'type'],
    [roaming('roaming-sideways', {}), 'type'],
    [{ ...roaming('roaming-on', {}), data: undefined }, 'data'],
    [roaming('roaming-status', {}), 'data.roaming'],
    [roaming('roaming-change-country', { countryName: ['Spain'] }), 'data.countryName'],
    [roaming('roaming-change-country', { countryCode: 'ES' }), 'data.countryCode'],
    [roaming('roaming-on', { device: { phoneNumber: 'x' } }), 'data.device.phoneNumber'],
    [roaming('roaming-on', { device: undefined, subscriptionId: undefined }), 'data.subscriptionId'],
    [area('area-entered', { area: { areaType: 'POLYGON' } }), 'data.area.areaType'],
    [
      area('area-entered', { area: { areaType: 'CIRCLE', center: { latitude: 137, longitude: 36 }, radius: 1 } }),
      'data.area.center',
    ],
  ])('event %#, at its field', (event, where) => {
    expect(() => parseCamara(event)).toThrow(Problem)
    expect(() => parseCamara(event)).toThrow(expect.objectContaining({ where }))
  })

  test('one event of a batch and takes the rest', () => {
    const found = parseCamaraBatch([roaming('roaming-on', {}), { id: 'x' }, area('area-entered')])
    expect(found.map((one) => ('problem' in one ? one.problem.code : one.event.kind))).toEqual([
      'ask-country',
      'bad-cloudevent',
      'notification',
    ])
    expect(found.map((one) => one.index)).toEqual([0, 1, 2])
    expect(() => parseCamaraBatch({})).toThrow(Problem)
  })
})
