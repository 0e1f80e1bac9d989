import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import type { Shape } from '../geo/zone.ts'
import { formKeyword } from '../lib/schema-hint.ts'
import { alertSchemaWith } from './alert-schema.ts'
import type { Corrections } from './approval.ts'
import { ZONE_GEOCODE } from './area.ts'
import { normaliseTime } from './cap-time.ts'
import { checkOwn } from './corrections.ts'
import { Findings, quote } from './findings.ts'
import type { Alert, Area, Info, Note, Reference } from './model.ts'
import type { ChosenRules } from './rules.ts'
import { escapePointer, report } from './schema-errors.ts'
import { readShape } from './shape-json.ts'

const looseSchema = alertSchemaWith(Type.Unknown())
type AlertInput = Static<typeof looseSchema>
type InfoInput = AlertInput['infos'][number]
type AreaInput = NonNullable<InfoInput['areas']>[number]

const ajv = new Ajv({ allErrors: true, verbose: true, keywords: [formKeyword] })
const validateAlert = ajv.compile<AlertInput>(looseSchema)

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
): { alert: Alert; rules: ChosenRules; notes: Note[]; corrections?: Corrections } {
  const findings = new Findings()
  const fail = () => findings.throwIfAny('alert-invalid', 'The alert is not valid')
  checkCharacters(input, '', findings)
  if (!validateAlert(input)) report(validateAlert.errors, '', findings)
  fail()
  const alert = readAlert(input as AlertInput, defaults, findings)
  fail()
  const { rules = {}, corrections } = input as AlertInput
  if (corrections !== undefined) checkOwn(alert, corrections, findings)
  fail()
  return { alert, rules: rules as ChosenRules, notes: findings.notes, ...(corrections && { corrections }) }
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
    ...(input.resources === undefined || input.resources.length === 0 ? {} : { resources: input.resources }),
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
