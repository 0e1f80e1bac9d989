import type { Shape } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import { areaShapes, countryOf, distinct } from './area.ts'
import { canonicalJson } from './canonical-json.ts'
import { formatTime, offsetOf } from './cap-time.ts'
import { Findings } from './findings.ts'
import { type Alert, type Area, type Info, isAllClear, refersTo } from './model.ts'
import { type CountryHint, suspectSwap } from './swap.ts'
import { messageText, textsNamed } from './text.ts'
import { zoneIds, zoneIdsOf } from './zones.ts'

/** Clocks of senders may be ahead of ours by this much. */
const MAX_CLOCK_LEAD_MS = 10 * 60_000

export interface AcceptContext {
  /** Epoch milliseconds. */
  now: number
  /** Without it, swapped coordinates are not looked for. */
  countryAt?: CountryHint
  /** The author was asked whether the area lies where it is meant to, and says so. */
  areaConfirmed?: boolean
}

/**
 * May this alert be launched? Everything that stands against it is found at once.
 * @returns what does not, but should be seen before approval
 * @throws Problem `alert-refused` (422) with one detail per reason; each rule below names its code
 */
export function acceptAlert(alert: Alert, context: AcceptContext): readonly Problem[] {
  const refused = new Findings()
  const warnings = new Findings()
  checkKind(alert, refused)
  checkReferences(alert, refused)
  checkTimes(alert, context.now, refused, warnings)
  checkTexts(alert, refused)
  if (needsArea(alert)) checkAreas(alert, context, refused, warnings)
  refused.throwIfAny('alert-refused', 'The alert cannot be launched')
  return warnings.problems
}

/** A retraction and an all-clear go to all who may have the original, wherever they are now. */
export function needsArea(alert: Alert): boolean {
  return alert.msgType !== 'Cancel' && !isAllClear(alert)
}

/** `status-not-launchable`, `msg-type-not-launchable`, `scope-not-public` */
function checkKind({ status, msgType, scope }: Alert, refused: Findings): void {
  if (status === 'System' || status === 'Draft') {
    const hint = 'Actual, Exercise or Test can be launched.'
    refused.problem('status-not-launchable', '/status', `An alert of status ${status} is not for people`, hint)
  }
  if (msgType === 'Ack' || msgType === 'Error') {
    const hint = 'Alert, Update or Cancel can be launched.'
    refused.problem('msg-type-not-launchable', '/msgType', `A message of type ${msgType} answers another system`, hint)
  }
  if (scope !== 'Public') {
    refused.problem('scope-not-public', '/scope', `An alert of scope ${scope} is not for everybody in an area`)
  }
}

/** `references-missing`, `references-itself`, `all-clear-differs` */
function checkReferences(alert: Alert, refused: Findings): void {
  if ((alert.msgType === 'Update' || alert.msgType === 'Cancel') && alert.references.length === 0) {
    const hint = 'Name the alerts that it corrects by sender, identifier and sent.'
    refused.problem('references-missing', '/references', `${an(alert.msgType)} has to refer to an earlier alert`, hint)
  }
  for (const [i, reference] of alert.references.entries()) {
    if (refersTo(reference, alert)) {
      refused.problem('references-itself', `/references/${i}`, 'The alert refers to itself')
    }
  }
  const clear = alert.infos.map((info) => info.responseType.includes('AllClear'))
  if (alert.msgType === 'Update' && clear.includes(true) && clear.includes(false)) {
    refused.problem('all-clear-differs', '/infos', 'It is an all-clear in some languages only')
  }
}

/** `sent-in-future`, `expires-missing`, `expires-past`, `time-order`; warnings `effective-before-sent`, `not-yet-effective`, `expires-before-onset` */
function checkTimes(alert: Alert, now: number, refused: Findings, warnings: Findings): void {
  const sent = Date.parse(alert.sent)
  if (sent > now + MAX_CLOCK_LEAD_MS) {
    refused.problem('sent-in-future', '/sent', `It says that it is sent at ${alert.sent}, which is still to come`)
  }
  for (const [i, info] of alert.infos.entries()) {
    const where = `/infos/${i}/expires`
    if (info.expires === undefined) {
      const hint = 'Without it, nobody knows when to stop sending.'
      refused.problem('expires-missing', where, `The info in ${info.language} has no expires`, hint)
      continue
    }
    const expires = Date.parse(info.expires)
    warnOfEffective(info, `/infos/${i}/effective`, sent, now, warnings)
    warnOfOnset(info, `/infos/${i}/expires`, warnings)
    if (expires <= now) {
      const hint = 'Give a later one: nothing is sent after it.'
      const [then, since] = [info.expires, formatTime(now, offsetOf(info.expires))].map(readable)
      refused.problem('expires-past', where, `It expires in the past, at ${then} (now is ${since})`, hint)
      continue
    }
    const before = (['sent', 'effective'] as const).find((name) => {
      const time = name === 'sent' ? alert.sent : info[name]
      return time !== undefined && expires <= Date.parse(time)
    })
    if (before !== undefined) refused.problem('time-order', where, `It expires at ${info.expires}, not after ${before}`)
  }
}

/** CAP writes UTC as `-00:00`. */
const readable = (time: string) => time.replace(/-00:00$/, 'Z')

/** Warnings only: official alerts are often sent after they hold, and an earthquake's onset is always before sent. */
function warnOfEffective(info: Info, where: string, sent: number, now: number, warnings: Findings): void {
  if (info.effective === undefined) return
  const effective = Date.parse(info.effective)
  if (effective < sent)
    warnings.problem('effective-before-sent', where, `It holds since ${info.effective}, before sent`)
  if (effective > now) {
    warnings.problem('not-yet-effective', where, `It holds from ${info.effective}, but is sent when it is launched`)
  }
}

/** A warning only: where a storm begins tomorrow, the US weather service lets today's text expire tonight and sends the next. */
function warnOfOnset({ expires, onset }: Info, where: string, warnings: Findings): void {
  if (expires === undefined || onset === undefined || Date.parse(expires) > Date.parse(onset)) return
  const hint = 'Nothing is sent after it expires: who comes into the area later is not told.'
  warnings.problem('expires-before-onset', where, `It expires at ${expires}, before it begins`, hint)
}

/** `alert-without-text`, `text-ambiguous`, `language-twice` */
function checkTexts(alert: Alert, refused: Findings): void {
  if (alert.infos.length === 0) {
    const hint = 'A Cancel too is sent to people: write an info that says what to tell them.'
    refused.problem('alert-without-text', '/infos', 'The alert has no info, hence no text', hint)
  }
  const texts = new Map<string, string>()
  for (const [i, info] of alert.infos.entries()) {
    if (textsNamed(info, 'SMS').length > 1) {
      const message = 'Two parameters SMS in one info: it is open which one is meant'
      refused.problem('text-ambiguous', `/infos/${i}/parameter`, message)
    }
    const text = textOrProblem(alert, info)
    if (text instanceof Problem) {
      refused.problem(text.code, `/infos/${i}`, text.message, text.hint)
      continue
    }
    const language = info.language.toLowerCase()
    if ((texts.get(language) ?? text) !== text) {
      const hint = 'Write one info a language; two dangers are two alerts.'
      refused.problem('language-twice', `/infos/${i}`, `There are two different texts in ${info.language}`, hint)
    }
    texts.set(language, text)
  }
}

function textOrProblem(alert: Alert, info: Info): string | Problem {
  try {
    return messageText(alert, info)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** `area-missing`, `area-empty`, `geocode-without-shape`, `zone-not-resolved`, `area-differs`, and what `suspectSwap` finds */
function checkAreas(
  alert: Alert,
  { countryAt, areaConfirmed }: AcceptContext,
  refused: Findings,
  warnings: Findings,
): void {
  for (const id of zoneIds(alert)) refused.problem('zone-not-resolved', '/infos', `The zone "${id}" was not looked up`)
  if (alert.infos.every((info) => info.areas.length === 0)) {
    const hint = 'Draw a polygon or a circle, name a zone, or say which whole country is meant. It is never guessed.'
    refused.problem('area-missing', '/infos', 'The alert has no area', hint)
    return
  }
  const first = alert.infos.find((info) => info.areas.length > 0) as Info
  const questions = new Findings()
  for (const [i, info] of alert.infos.entries()) {
    for (const [k, area] of info.areas.entries()) {
      const where = `/infos/${i}/areas/${k}`
      if (areaShapes(area).length === 0 && zoneIdsOf(area).length === 0) refuseArea(area, where, refused)
      if (countryAt !== undefined) suspectSwap(area, countryAt, where, refused, questions)
    }
    if (info.areas.length > 0 && zoneKey(info) !== zoneKey(first)) {
      const hint = 'All languages need the same area, or none but the first; two areas are two alerts.'
      refused.problem(
        'area-differs',
        `/infos/${i}/areas`,
        `Its area is not that of the info in ${first.language}`,
        hint,
      )
    }
  }
  for (const { code, where, message, hint = '' } of questions.problems) {
    if (areaConfirmed) warnings.problem(code, where ?? '', message, hint === '' ? undefined : hint)
    else
      refused.problem(code, where ?? '', message, `${hint} If it is meant so, send it again with confirm=area.`.trim())
  }
}

function refuseArea(area: Area, where: string, refused: Findings): void {
  if (area.geocode.length === 0) {
    refused.problem('area-empty', where, `The area "${area.areaDesc}" has no polygon, circle or country`)
    return
  }
  const unknown = area.geocode.filter((geocode) => !countryOf(geocode)?.whole)
  const codes = unknown.map(({ valueName, value }) => `${valueName} ${value}`).join(', ')
  refused.problem(
    'geocode-without-shape',
    where,
    `The area "${area.areaDesc}" has only geocodes, and their outlines are not known here: ${codes}`,
    'Add its polygon, or import its outline (bongsu zones import) and name the zone: bongsu:zone and its id. Of codes, those of ISO 3166 are known.',
  )
}

function zoneKey(info: Info): string {
  const shapes: Shape[] = distinct(info.areas.flatMap(areaShapes))
  return shapes.map(canonicalJson).sort().join()
}

function an(msgType: string): string {
  return msgType === 'Update' ? 'An Update' : `A ${msgType}`
}
