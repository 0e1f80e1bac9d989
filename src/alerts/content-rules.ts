import type { Problem } from '../lib/problem.ts'
import { needsArea } from './accept.ts'
import type { Corrections } from './approval.ts'
import { Findings } from './findings.ts'
import { issuerOf } from './issuer.ts'
import { type LockedTerm, nearMisses, termsOf } from './locked-terms.ts'
import type { Alert, Info } from './model.ts'
import { messageText, textsNamed } from './text.ts'

/** Some 70 segments of Hangul; looking for numbers and slips takes longer with the square of it. */
const maxCharacters = 5_000

/** What an author is asked about, and may be sure of. */
export const CONTENT_QUESTIONS = ['content', 'contacts', 'spelling'] as const
export type ContentQuestion = (typeof CONTENT_QUESTIONS)[number]

export interface ContentContext {
  readonly terms: readonly LockedTerm[]
  /** Numbers and addresses of a text that are on no list for the countries of the area, as they stand in it. */
  readonly notAllowed: (text: string) => readonly string[]
  /** Names of the countries of the area, in any language: a text that says one of them says where. */
  readonly countryNames: readonly string[]
  readonly confirmed: readonly string[]
}

/**
 * Whether people can act on what the alert says: what happens, where, what to do, and who says so; with numbers and addresses that
 * somebody has checked, in words that are spelt as somebody who speaks the language has confirmed. What was confirmed becomes a warning, so
 * that whoever approves sees it.
 *
 * @returns what does not stand against the alert, but should be seen before approval
 * @throws Problem `alert-refused` (422) with `content-incomplete`, `number-not-allowed`, `url-not-allowed`, `term-misspelt`, `text-too-long`
 */
export function checkContent(
  alert: Alert,
  corrections: Corrections | null,
  context: ContentContext,
): readonly Problem[] {
  const refused = new Findings()
  const warnings = new Findings()
  const ask: Ask = (question, code, where, message, hint) => {
    if (context.confirmed.includes(question)) warnings.problem(code, where, message, hint)
    else
      refused.problem(code, where, message, `${hint} If it is meant so, send it again with confirm=${question}.`.trim())
  }
  if (alert.status === 'Actual' && needsArea(alert)) {
    checkComplete(alert, context, ask)
    for (const [i, info] of alert.infos.entries()) checkSaid(alert, info, `/infos/${i}`, context, warnings)
  }
  for (const { where, language, text } of textsOf(alert, corrections)) {
    if (text.length > maxCharacters) {
      refused.problem('text-too-long', where, `The text has ${text.length} characters; it may have ${maxCharacters}`)
      continue
    }
    checkContacts(text, where, context, ask)
    for (const { found, term } of nearMisses(text, language, context.terms)) {
      const hint = `Did you mean "${term}"? A word that is right is added to the locked terms.`
      ask('spelling', 'term-misspelt', where, `"${found}" is nearly "${term}"`, hint)
    }
  }
  refused.throwIfAny('alert-refused', 'The alert has to be completed or confirmed')
  return warnings.problems
}

type Ask = (question: ContentQuestion, code: string, where: string, message: string, hint: string) => void

/** Whatever somebody wrote and people may be sent, now or later. The event stands in the general texts that take the alert back. */
function* textsOf(
  alert: Alert,
  corrections: Corrections | null,
): Generator<{ where: string; language: string; text: string }> {
  for (const [i, info] of alert.infos.entries()) {
    yield { where: `/infos/${i}`, language: info.language, text: messageText(alert, info) }
    yield { where: `/infos/${i}/event`, language: info.language, text: info.event }
  }
  for (const kind of ['cancel', 'allClear'] as const) {
    for (const [language, text] of Object.entries(corrections?.[kind] ?? {})) {
      yield { where: `/corrections/${kind}/${language}`, language, text }
    }
  }
}

/** Words for any danger: an alert of the event "Warning" does not say of what. */
const anyDanger =
  /^(?:(?:civil|public|national|local|emergency|safety|security|severe|urgent|general|special) )*(?:alert|warning|watch|advisory|notice|message|emergency|danger|event|incident|other|unknown|경보|경계경보|주의보|경고|알림|안내|공지|재난|긴급|비상|위험|위급재난|긴급재난|안전안내|기타)s?$/i

/** Meanings of terms that say what to do and whom to call: "prepare to evacuate" does not say from what. */
const noDanger: readonly string[] = [
  'evacuation',
  'shelter',
  'protection',
  'embassy',
  'consulate',
  'consular-call-centre',
]

const dangersIn = (text: string, { language }: Info, terms: readonly LockedTerm[]) =>
  termsOf(text, language, terms).filter(({ meaning }) => !noDanger.includes(meaning))

function checkComplete(alert: Alert, { terms }: ContentContext, ask: Ask): void {
  const missing = (what: string, where: string, hint: string) =>
    ask('content', 'content-incomplete', where, `The alert does not say ${what}`, hint)
  const says = (info: Info) =>
    [info.event, info.headline ?? '', info.description ?? '', messageText(alert, info)].some(
      (text) => dangersIn(text, info, terms).length > 0,
    )
  const named = (info: Info) => /\p{L}/u.test(info.event) && !anyDanger.test(info.event.trim())
  if (!alert.infos.some((info) => named(info) || says(info))) {
    missing('what happens', '/infos/0/event', 'Name the hazard as event: Earthquake, Flood, Unrest.')
  }
  if (!alert.infos.some(({ areas }) => areas.some(({ areaDesc }) => /\p{L}/u.test(areaDesc)))) {
    missing('where', '/infos/0/areas', 'Name each area in words, as areaDesc.')
  }
  if (!alert.infos.some(saysWhatToDo)) {
    missing('what to do', '/infos/0/instruction', 'Write an instruction, or a text of its own (parameter SMS).')
  }
}

/** An instruction, a response, or a text that is more than the headline; agencies often write it into the description. */
function saysWhatToDo(info: Info): boolean {
  const { instruction, description, responseType } = info
  if (instruction !== undefined || description !== undefined || responseType.some((type) => type !== 'None'))
    return true
  const headline = plain(info.headline ?? '')
  return ['SMS', 'CMAMlongtext', 'CMAMtext'].some((name) =>
    textsNamed(info, name).some((text) => plain(text) !== headline),
  )
}

/** What is in the alert, but not in the words that people read: `hazard-unsaid`, `place-unsaid`, `issuer-unsaid`. */
function checkSaid(
  alert: Alert,
  info: Info,
  where: string,
  { terms, countryNames }: ContentContext,
  warnings: Findings,
): void {
  const text = messageText(alert, info)
  const unsaid = (code: string, what: string) =>
    warnings.problem(code, where, `The text in ${info.language} does not say ${what}`)
  const meanings = new Set(dangersIn(info.event, info, terms).map(({ meaning }) => meaning))
  const meant = dangersIn(text, info, terms).some(({ meaning }) => meanings.size === 0 || meanings.has(meaning))
  if (!meant && !mentions(text, info.event)) unsaid('hazard-unsaid', 'what happens')
  const places = [...info.areas.map(({ areaDesc }) => areaDesc), ...countryNames]
  const areas = info.areas.length === 0 ? (alert.infos[0]?.areas ?? []).map(({ areaDesc }) => areaDesc) : []
  if (![...places, ...areas].some((place) => mentions(text, place))) unsaid('place-unsaid', 'where')
  const issuer = issuerOf(alert, info.language)
  if (issuer === undefined || !(/^\s*(?:[[【(［]|[\p{Lu} ]{3,30}:)/u.test(text) || mentions(text, issuer))) {
    unsaid('issuer-unsaid', 'who issues it')
  }
}

/** Whether a text has one of the words of a name. */
function mentions(text: string, name: string): boolean {
  const there = plain(text)
  return plain(name)
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .flatMap(partsOf)
    .some((part) => there.includes(part))
}

/** What of a word says the same in a text: in Korean it has other endings, and Chinese and Japanese write words together. */
function partsOf(word: string): string[] {
  if (/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/u.test(word)) {
    const size = Math.min(3, word.length)
    return size < 2 ? [] : Array.from({ length: word.length - size + 1 }, (_, i) => word.slice(i, i + size))
  }
  if (/\p{sc=Hang}/u.test(word)) return word.length < 2 ? [] : word.length < 3 ? [word] : [word.slice(0, -1)]
  return word.length < 4 ? [] : [word]
}

const plain = (text: string) => text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()

function checkContacts(text: string, where: string, { notAllowed }: ContentContext, ask: Ask): void {
  for (const found of new Set(notAllowed(text))) {
    if (/\p{L}{2,}/u.test(found)) {
      const hint = 'A link has to lead to a host of the list: GET /v1/entry/facts.'
      ask('contacts', 'url-not-allowed', where, `"${found}" leads to no host that is allowed`, hint)
    } else {
      const hint = 'Known are the call centre, the missions and the emergency numbers of the countries of the area.'
      ask('contacts', 'number-not-allowed', where, `"${found}" is no number that is known in the area`, hint)
    }
  }
}
