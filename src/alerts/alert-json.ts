import { Ajv, type ErrorObject } from 'ajv'
import type { MultiPolygon, Polygon } from 'geojson'
import Type, { type Static } from 'typebox'
import type { Shape } from '../geo/zone.ts'
import { alertSchemaWith, shapeSchemas } from './alert-schema.ts'
import { ZONE_GEOCODE } from './area.ts'
import { normaliseTime } from './cap-time.ts'
import { checkedShape } from './check-shapes.ts'
import { Findings, quote } from './findings.ts'
import type { Alert, Area, Info, Note, Reference } from './model.ts'
import type { AlertRules } from './rules.ts'

const looseSchema = alertSchemaWith(Type.Unknown())
type AlertInput = Static<typeof looseSchema>
type InfoInput = AlertInput['infos'][number]
type AreaInput = NonNullable<InfoInput['areas']>[number]
type ShapeKind = keyof typeof shapeSchemas

const ajv = new Ajv({ allErrors: true, verbose: true })
const validateAlert = ajv.compile<AlertInput>(looseSchema)
const validateShape = Object.fromEntries(
  Object.entries(shapeSchemas).map(([kind, schema]) => [kind, ajv.compile(schema)]),
) as Record<ShapeKind, ReturnType<typeof ajv.compile>>

/** What the server puts where the author left it out; without a default it is an error. */
export interface AlertDefaults {
  identifier?: string
  sender?: string
  sent?: string
}

/**
 * Reads an alert in our own JSON (`alertSchema`). Zones named by id stay names, as geocodes, until `resolveZones`.
 * @throws Problem `alert-invalid` with one detail per finding, each with its JSON pointer
 */
export function parseAlertJson(
  input: unknown,
  defaults: AlertDefaults = {},
): { alert: Alert; rules: Partial<AlertRules>; notes: Note[] } {
  const findings = new Findings()
  const fail = () => findings.throwIfAny('alert-invalid', 'The alert is not valid')
  checkCharacters(input, '', findings)
  if (!validateAlert(input)) report(validateAlert.errors, '', findings)
  fail()
  const alert = readAlert(input as AlertInput, defaults, findings)
  fail()
  return { alert, rules: (input as AlertInput).rules ?? {}, notes: findings.notes }
}

function readAlert(input: AlertInput, defaults: AlertDefaults, findings: Findings): Alert {
  const pick = (key: keyof AlertDefaults): string => {
    const value = input[key] ?? defaults[key]
    if (value === undefined) findings.problem('json-missing', `/${key}`, `${key} is missing`)
    return value ?? ''
  }
  const [identifier, sender, sent] = [pick('identifier'), pick('sender'), pick('sent')]
  return {
    identifier,
    sender,
    sent: sent === '' ? '' : readTime(sent, '/sent', findings),
    status: input.status as Alert['status'],
    msgType: (input.msgType ?? 'Alert') as Alert['msgType'],
    ...texts(input, ['source', 'restriction', 'note']),
    scope: (input.scope ?? 'Public') as Alert['scope'],
    addresses: input.addresses ?? [],
    code: input.code ?? [],
    references: (input.references ?? []).map(
      (reference, i): Reference => ({
        ...reference,
        sent: readTime(reference.sent, `/references/${i}/sent`, findings),
      }),
    ),
    incidents: input.incidents ?? [],
    infos: input.infos.map((info, i) => readInfo(info, `/infos/${i}`, findings)),
  }
}

function readInfo(input: InfoInput, where: string, findings: Findings): Info {
  const times: Pick<Info, 'effective' | 'onset' | 'expires'> = {}
  for (const name of ['effective', 'onset', 'expires'] as const) {
    const time = input[name]
    if (time !== undefined) times[name] = readTime(time, `${where}/${name}`, findings)
  }
  return {
    language: input.language,
    category: (input.category ?? ['Safety']) as Info['category'],
    event: input.event,
    responseType: (input.responseType ?? []) as Info['responseType'],
    urgency: input.urgency as Info['urgency'],
    severity: input.severity as Info['severity'],
    certainty: input.certainty as Info['certainty'],
    eventCode: input.eventCode ?? [],
    ...times,
    ...texts(input, ['audience', 'senderName', 'headline', 'description', 'instruction', 'web', 'contact']),
    parameter: input.parameter ?? [],
    areas: (input.areas ?? []).map((area, i) => readArea(area, `${where}/areas/${i}`, findings)),
  }
}

function readArea(input: AreaInput, where: string, findings: Findings): Area {
  const zones = input.zone === undefined ? [] : [input.zone]
  const shapes: Shape[] = []
  for (const [i, item] of (input.shapes ?? []).entries()) {
    const read = readShape(item, `${where}/shapes/${i}`, findings)
    if (typeof read === 'string') zones.push(read)
    else if (read !== undefined) shapes.push(read)
  }
  const areaDesc = input.areaDesc ?? zones[0]
  if (areaDesc === undefined)
    findings.problem('json-missing', where, 'areaDesc is missing', 'Name the area for people.')
  return {
    areaDesc: areaDesc ?? '',
    shapes,
    geocode: [...(input.geocode ?? []), ...zones.map((value) => ({ valueName: ZONE_GEOCODE, value }))],
    ...(input.altitude === undefined ? {} : { altitude: input.altitude }),
    ...(input.ceiling === undefined ? {} : { ceiling: input.ceiling }),
  }
}

/** A shape, or the id of a zone. */
function readShape(item: unknown, where: string, findings: Findings): Shape | string | undefined {
  const fields = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>
  const kind = 'zone' in fields ? 'zone' : (fields.kind ?? fields.type)
  if (typeof kind !== 'string' || !Object.hasOwn(shapeSchemas, kind)) {
    const hint =
      'One of polygon, multipolygon, circle, country (kind), Polygon, MultiPolygon (GeoJSON type), or { "zone": id }.'
    findings.problem('json-value', where, 'This is no shape', hint)
    return undefined
  }
  const validate = validateShape[kind as ShapeKind]
  if (!validate(item)) {
    report(validate.errors, where, findings)
    return undefined
  }
  if (kind === 'zone') return fields.zone as string
  const geoJson = 'type' in fields
  const place = (within: string) => {
    const pointer = within.replaceAll(/[.[]/g, '/').replaceAll(']', '')
    return geoJson ? pointer.replace(/^\/(rings|polygons)/, '/coordinates') : pointer
  }
  return checkedShape(geoJson ? fromGeoJson(item as Polygon | MultiPolygon) : (item as Shape), where, place, findings)
}

function fromGeoJson(geometry: Polygon | MultiPolygon): Shape {
  return geometry.type === 'Polygon'
    ? { kind: 'polygon', rings: geometry.coordinates }
    : { kind: 'multipolygon', polygons: geometry.coordinates }
}

function readTime(text: string, where: string, findings: Findings): string {
  const time = normaliseTime(text)
  if (time !== undefined) return time
  findings.problem('json-time', where, `${quote(text)} is not a time`, 'Write 2024-01-01T16:10:00+09:00.')
  return text
}

/** The texts that say something: a blank one counts as absent. */
function texts<Name extends string>(
  input: { [key in Name]?: string },
  names: readonly Name[],
): { [key in Name]?: string } {
  const found: { [key in Name]?: string } = {}
  for (const name of names) {
    const text = input[name]?.trim()
    if (text) found[name] = text
  }
  return found
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: characters that neither XML nor a phone nor Postgres' jsonb takes
const illegal = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFE\uFFFF]|\p{Surrogate}/u

function checkCharacters(value: unknown, where: string, findings: Findings): void {
  if (typeof value === 'string') {
    if (illegal.test(value))
      findings.problem('json-character', where, 'It holds a control character or half a character')
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkCharacters(item, `${where}/${i}`, findings)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value))
      checkCharacters(member, `${where}/${escapePointer(key)}`, findings)
  }
}

function report(errors: readonly ErrorObject[] | null | undefined, base: string, findings: Findings): void {
  for (const { keyword, instancePath, params, message, parentSchema } of errors ?? []) {
    const where = `${base}${instancePath}`
    if (keyword === 'required') {
      const key = params.missingProperty as string
      findings.problem('json-missing', `${where}/${escapePointer(key)}`, `${key} is missing`)
    } else if (keyword === 'additionalProperties') {
      const key = params.additionalProperty as string
      const known = Object.keys((parentSchema?.properties ?? {}) as object).join(', ')
      findings.problem(
        'json-unknown-key',
        `${where}/${escapePointer(key)}`,
        `${quote(key)} is not known here`,
        `Known: ${known}.`,
      )
    } else if (keyword === 'enum') {
      const hint = `One of ${(params.allowedValues as string[]).join(', ')}.`
      findings.problem('json-value', where, 'The value is not allowed', hint)
    } else if (keyword === 'pattern') {
      findings.problem('json-value', where, 'It may not be empty nor hold white space, a comma, < or &')
    } else findings.problem('json-value', where, `It ${message ?? 'is not valid'}`)
  }
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
