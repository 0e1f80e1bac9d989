import { isCountry } from '../geo/iso3166.ts'
import { Problem } from '../lib/problem.ts'
import { checkPlace, parseInstant } from './fields.ts'
import { parseReportedMsisdn } from './msisdn.ts'
import { countriesOfMcc } from './networks.ts'
import type { RoamingNotification } from './notification.ts'

/**
 * CAMARA CloudEvents (CloudEvents 1.0 in JSON): device-roaming-status-subscriptions and geofencing-subscriptions, any version,
 * as published by the CAMARA project (code/API_definitions/*.yaml).
 */
export type CamaraEvent = CamaraEnvelope & CamaraContent

export interface CamaraEnvelope {
  /** `source` and `id` together: an event that comes twice has the same. */
  key: string
  at: Date
  /** E.164 digits without `+`; absent where the sender leaves the device out. */
  msisdn?: string
  /** Tells the device where `msisdn` is absent. */
  subscriptionId?: string
}

type CamaraContent =
  /** Complete but for the msisdn: see `notificationOf`. */
  | { kind: 'notification'; notification: Omit<RoamingNotification, 'msisdn'> }
  /** The device roams, the event does not say where: ask the operator's device-roaming-status API. */
  | { kind: 'ask-country' }
  /** The device left a watched circle; where to is not known, nor that it left the country. */
  | { kind: 'area-left'; lon: number; lat: number; radiusM: number }
  /** The life of a subscription; `renew`: it ended though we did not end it. */
  | { kind: 'subscription'; state: 'started' | 'updated' | 'ended'; reason: string; renew: boolean }

/** The notification with its number: the event's own, else the one that the subscription was made for. */
export function notificationOf(
  event: CamaraEnvelope & { notification: Omit<RoamingNotification, 'msisdn'> },
  subscribed?: string,
): RoamingNotification | undefined {
  const msisdn = event.msisdn ?? subscribed
  return msisdn === undefined ? undefined : { ...event.notification, msisdn }
}

/** Reads a batch (`application/cloudevents-batch+json`); what is wrong with one event costs that one. */
export function parseCamaraBatch(
  values: unknown,
): ({ index: number; event: CamaraEvent } | { index: number; problem: Problem })[] {
  if (!Array.isArray(values)) throw new Problem('bad-cloudevent', 'A batch of CloudEvents is a JSON array')
  return values.map((value, index) => {
    try {
      return { index, event: parseCamara(value) }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return { index, problem: error }
    }
  })
}

const typePattern =
  /^org\.camaraproject\.(device-roaming-status-subscriptions|geofencing-subscriptions)\.v[0-9a-z.]+\.([a-z-]+)$/

/** Reads one event (`application/cloudevents+json`); throws a Problem whose `where` is the field. */
export function parseCamara(value: unknown): CamaraEvent {
  const event = object(value, undefined)
  if (event.specversion !== '1.0') throw bad('`specversion` is not 1.0', 'specversion')
  const id = text(event, 'id')
  const source = text(event, 'source')
  const at = parseInstant(text(event, 'time'), 'time')
  const type = text(event, 'type')
  const match = typePattern.exec(type)
  if (!match) throw bad(`"${type}" is not an event that we take`, 'type')
  const data = object(event.data, 'data')
  const key = `${source} ${id}`
  const device = deviceOf(data)
  const name = match[2] as string
  const content = name.startsWith('subscription-')
    ? subscription(name, data)
    : match[1] === 'geofencing-subscriptions'
      ? areaEvent(name, data, key, at)
      : roamingEvent(name, data, key, at)
  if (device.msisdn === undefined && device.subscriptionId === undefined) {
    throw bad('Neither a phone number nor a subscription tells the device', 'data.subscriptionId')
  }
  return { key, at, ...device, ...content }
}

function roamingEvent(name: string, data: Fields, key: string, at: Date): CamaraContent {
  const enter = (countries: string[]): CamaraContent => ({
    kind: 'notification',
    notification: { id: key, countries, at, event: 'enter' },
  })
  const home: CamaraContent = { kind: 'notification', notification: { id: key, countries: [], at, event: 'leave' } }
  switch (name) {
    case 'roaming-on':
      return { kind: 'ask-country' }
    case 'roaming-off':
      return home
    case 'roaming-change-country':
      return enterOrAsk(data, enter)
    case 'roaming-status':
      if (typeof data.roaming !== 'boolean') throw bad('`roaming` is neither true nor false', 'data.roaming')
      return data.roaming ? enterOrAsk(data, enter) : home
    default:
      throw bad(`"${name}" is not an event of device-roaming-status-subscriptions`, 'type')
  }
}

function enterOrAsk(data: Fields, enter: (countries: string[]) => CamaraContent): CamaraContent {
  const countries = countriesReported(data.countryName, data.countryCode, 'data.')
  return countries === undefined ? { kind: 'ask-country' } : enter(countries)
}

/**
 * `countryName` lists what the MCC may be; where it is empty or absent, our own table is asked for `countryCode`. None for ships, aircraft
 * and satellites: abroad, in no country. Undefined where neither tells.
 *
 * @param path before the names of the fields in a Problem
 */
export function countriesReported(countryName: unknown, countryCode: unknown, path = ''): string[] | undefined {
  const names = countryName ?? []
  if (!Array.isArray(names)) throw bad('`countryName` is not a list', `${path}countryName`)
  const countries = names.map((name) => String(name).toUpperCase())
  const wrong = countries.find((country) => !isCountry(country))
  if (wrong !== undefined) throw bad(`"${wrong}" is not an ISO 3166-1 alpha-2 code`, `${path}countryName`)
  if (countries.length > 0) return [...new Set(countries)].sort()
  if (countryCode === undefined || countryCode === null) return undefined
  if (!Number.isInteger(countryCode) || (countryCode as number) < 0 || (countryCode as number) > 999) {
    throw bad('`countryCode` is not an MCC', `${path}countryCode`)
  }
  return countriesOfMcc(String(countryCode).padStart(3, '0'))
}

function areaEvent(name: string, data: Fields, key: string, at: Date): CamaraContent {
  if (name !== 'area-entered' && name !== 'area-left') {
    throw bad(`"${name}" is not an event of geofencing-subscriptions`, 'type')
  }
  const area = object(data.area, 'data.area')
  if (area.areaType !== 'CIRCLE') throw bad(`An area of type "${area.areaType}" is not taken`, 'data.area.areaType')
  const center = object(area.center, 'data.area.center')
  const { latitude: lat, longitude: lon } = center
  const radiusM = area.radius
  if (typeof lat !== 'number' || typeof lon !== 'number') {
    throw bad('`latitude` and `longitude` are numbers', 'data.area.center')
  }
  checkPlace(lat, lon, 'data.area.center')
  if (typeof radiusM !== 'number' || !(radiusM > 0)) throw bad('`radius` is a number of metres', 'data.area.radius')
  if (name === 'area-left') return { kind: 'area-left', lon, lat, radiusM }
  return { kind: 'notification', notification: { id: key, countries: [], at, event: 'location', lon, lat, radiusM } }
}

function subscription(name: string, data: Fields): CamaraContent {
  const reasonField = { started: 'initiationReason', updated: 'updateReason', ended: 'terminationReason' } as const
  const state = name.slice('subscription-'.length)
  if (state !== 'started' && state !== 'updated' && state !== 'ended') {
    throw bad(`"${name}" is not an event of a subscription`, 'type')
  }
  const reason = data[reasonField[state]]
  return {
    kind: 'subscription',
    state,
    reason: typeof reason === 'string' ? reason : 'UNKNOWN',
    renew: state === 'ended' && reason !== 'SUBSCRIPTION_DELETED',
  }
}

function deviceOf(data: Fields): { msisdn?: string; subscriptionId?: string } {
  const phone =
    data.device === undefined || data.device === null ? undefined : object(data.device, 'data.device').phoneNumber
  const subscriptionId = data.subscriptionId
  if (phone !== undefined && typeof phone !== 'string')
    throw bad('`phoneNumber` is not text', 'data.device.phoneNumber')
  return {
    ...(phone === undefined ? {} : { msisdn: parseReportedMsisdn(phone, 'data.device.phoneNumber') }),
    ...(typeof subscriptionId === 'string' && subscriptionId !== '' ? { subscriptionId } : {}),
  }
}

type Fields = Record<string, unknown>

function object(value: unknown, where: string | undefined): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw bad('A JSON object is expected', where)
}

function text(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '') return value
  throw bad(`\`${name}\` is missing`, name)
}

function bad(message: string, where: string | undefined): Problem {
  return new Problem('bad-cloudevent', message, where === undefined ? {} : { where })
}
