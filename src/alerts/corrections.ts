import { Problem } from '../lib/problem.ts'
import { needsArea } from './accept.ts'
import type { Corrections } from './approval.ts'
import type { Findings } from './findings.ts'
import { issuerOf } from './issuer.ts'
import type { Alert, Info, Reference } from './model.ts'
import { pickInfo } from './text.ts'

/** What takes an alert back: it was sent in error, or the danger is over. */
export const TAKE_BACKS = ['retract', 'end'] as const
export type TakeBack = (typeof TAKE_BACKS)[number]

/** A name that may stand in any text: an area that names every municipality would cost a segment, a sender's address is a link. */
const isPlain = (name: string) => name.length <= 40 && /^[\p{L}\p{M}' ,()·-]+$/u.test(name)

interface General {
  /** Who speaks, where the alert does not say. */
  readonly issuer: string
  /** @param event @param area as those who read this have them on their phones: at least one of the two */
  readonly named: (event: string | undefined, area: string | undefined) => string
  /** Where neither can be named, or nothing more has room. Not "the last": another alert may have come since. */
  readonly it: string
  readonly cancel: (what: string) => string
  readonly allClear: (what: string) => string
}

/** The languages in which anything can be taken back, whatever the alert: the fall-back of nationals abroad first. */
const general: Readonly<Record<string, General>> = {
  ko: {
    issuer: '안전경보',
    named: (event, area) => [area, event && `「${event}」`, '안내'].filter(Boolean).join(' '),
    it: '안내',
    cancel: (what) => `앞서 보낸 ${what}는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다.`,
    allClear: (what) => `앞서 보낸 ${what}의 상황이 해제되었습니다.`,
  },
  en: {
    issuer: 'Safety alert',
    named: (event, area) => ['the alert', event && `"${event}"`, area && `for ${area}`].filter(Boolean).join(' '),
    it: 'our earlier alert',
    cancel: (what) => `CORRECTION: ${what} was sent in error. Please disregard it.`,
    allClear: (what) => `ALL CLEAR: ${what} has ended.`,
  },
}

/** How much the general texts name: what is taken back, or nothing where a carrier cannot write that. */
type Naming = 'named' | 'short'

/**
 * What would take the alert back where nobody wrote words of its own: it names the issuer and what is taken back. Null for a Cancel or
 * an all-clear, which are never taken back.
 */
export function generalCorrections(alert: Alert, naming: Naming = 'named'): Corrections | null {
  if (!needsArea(alert)) return null
  const opening = (language: string, { issuer }: General) =>
    naming === 'short' ? issuer : ([issuerOf(alert, language) ?? ''].find(isPlain) ?? issuer)
  const what = (language: string, words: General) => (naming === 'short' ? words.it : whatOf(alert, language, words))
  const texts = (which: 'cancel' | 'allClear') =>
    Object.fromEntries(
      Object.entries(general).map(([language, words]) => [
        language,
        `[${opening(language, words)}] ${words[which](what(language, words))}`,
      ]),
    )
  return { cancel: texts('cancel'), allClear: texts('allClear') }
}

/**
 * Whether the words that somebody wrote for it take the alert back from everybody who reads it: `corrections-unneeded`,
 * `correction-language-missing`, `correction-empty`.
 */
export function checkOwn(alert: Alert, corrections: Corrections, findings: Findings): void {
  if (!needsArea(alert)) {
    findings.problem('corrections-unneeded', '/corrections', 'A Cancel or an all-clear is not taken back itself')
    return
  }
  for (const kind of ['cancel', 'allClear'] as const) {
    const texts = corrections[kind]
    for (const [language, text] of Object.entries(texts)) {
      if (text.trim() === '')
        findings.problem('correction-empty', `/corrections/${kind}/${language}`, 'The text is empty')
    }
    for (const language of new Set(alert.infos.map((info) => info.language))) {
      if (Object.keys(texts).some((one) => primaryOf(one) === primaryOf(language))) continue
      const hint = 'Who reads the alert in a language has to be able to read that it is taken back.'
      findings.problem(
        'correction-language-missing',
        `/corrections/${kind}`,
        `The text in ${language} is missing`,
        hint,
      )
    }
  }
}

/**
 * Who reads the alert, but cannot read what would take it back: `corrections-language-missing`, with the languages and the one in which
 * they are told instead. Only general texts leave one out (`checkOwn`).
 */
export function unreadCorrections(alert: Alert, corrections: Corrections): Problem | undefined {
  const known = textsOfCorrection(alert, corrections, 'retract').map(([language]) => language)
  const primaries = new Set(known.map(primaryOf))
  const missing = new Set(alert.infos.map(({ language }) => language).filter((one) => !primaries.has(primaryOf(one))))
  if (missing.size === 0) return undefined
  return new Problem(
    'corrections-language-missing',
    `What takes it back has no text in ${[...missing].join(', ')}: who reads that is told in ${known[0]}`,
    { where: '/corrections', hint: 'Write "corrections" of your own, in each language of the alert.' },
  )
}

/**
 * By event and place, and by no time: a phone shows when the alert came to it, which is hours after its launch for the last of a large
 * broadcast and days for who entered later, and whoever has two alerts would take a time that fits neither for that of the other. An alert
 * that says nothing in this language is named in the words that its readers got instead, those of its first text.
 */
function whatOf(alert: Alert, language: string, words: General): string {
  const info = pickInfo(alert, language)
  const [event, area] = [info?.event, info?.areas[0]?.areaDesc].map((name) =>
    name && isPlain(name) ? name : undefined,
  )
  return event === undefined && area === undefined ? words.it : words.named(event, area)
}

/** The texts of one kind, those in the alert's own languages first and in its order: the first is everybody's fall-back. */
export function textsOfCorrection(
  { infos }: Pick<Alert, 'infos'>,
  { cancel, allClear }: Corrections,
  kind: TakeBack,
): [language: string, text: string][] {
  const texts = Object.entries(kind === 'retract' ? cancel : allClear)
  const order = [...infos.map(({ language }) => primaryOf(language)), ...Object.keys(general)]
  const rank = ([language]: [string, string]) => {
    const found = order.indexOf(primaryOf(language))
    return found < 0 ? order.length : found
  }
  return texts.sort((a, b) => rank(a) - rank(b) || (a[0] < b[0] ? -1 : 1))
}

/** The Cancel, or the Update that is an all-clear, which says exactly what was approved with the alert. */
export function takingBack(
  alert: Alert,
  corrections: Corrections,
  kind: TakeBack,
  head: Pick<Alert, 'identifier' | 'sent'> & { readonly expires: string },
): Alert {
  const retracts = kind === 'retract'
  const self: Reference = { sender: alert.sender, identifier: alert.identifier, sent: alert.sent }
  return {
    identifier: head.identifier,
    sender: alert.sender,
    sent: head.sent,
    status: alert.status,
    msgType: retracts ? 'Cancel' : 'Update',
    scope: alert.scope,
    addresses: [],
    code: [],
    references: [...alert.references, self],
    incidents: alert.incidents,
    infos: textsOfCorrection(alert, corrections, kind).map(([language, text]): Info => {
      const { category, event, severity, senderName } = pickInfo(alert, language) as Info
      return {
        language,
        category,
        event,
        responseType: retracts ? ['None'] : ['AllClear'],
        urgency: 'Past',
        // A retraction matters as much as what it takes back: whoever acted on it has to know.
        severity: retracts ? severity : 'Minor',
        certainty: retracts ? 'Unlikely' : 'Observed',
        eventCode: [],
        expires: head.expires,
        ...(senderName === undefined ? {} : { senderName }),
        parameter: [{ valueName: 'SMS', value: text }],
        areas: [],
      }
    }),
  }
}

const primaryOf = (language: string) => (language.split('-')[0] as string).toLowerCase()
