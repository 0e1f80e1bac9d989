/** A word whose spelling somebody who speaks the language has confirmed. */
export interface LockedTerm {
  /** Primary language subtag. */
  readonly language: string
  readonly term: string
  /** The same in all languages: `earthquake`. */
  readonly meaning: string
}

export interface NearMiss {
  /** As it stands in the text. */
  readonly found: string
  readonly term: string
}

/** Shorter ones are one letter away from too many other words: terror and error, 지진 and 지친. */
const minLetters = 7
const minSyllables = 3

/** Nobody writes longer ones; a hostile one would take as long as the square of its length. */
const words = /[\p{L}\p{M}']{1,60}/gu

const fold = (text: string) => text.normalize('NFC').toLowerCase()
const isLetters = (term: string) => /^[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{M}' -]+$/u.test(term)
const ofLanguage = (terms: readonly LockedTerm[], language: string) => {
  const primary = (language.split('-')[0] as string).toLowerCase()
  return terms.filter((term) => term.language === primary)
}

/** The terms that a text has, also as a part of words. */
export function termsOf(text: string, language: string, terms: readonly LockedTerm[]): LockedTerm[] {
  const there = fold(text)
  return ofLanguage(terms, language).filter(({ term }) => there.includes(fold(term)))
}

/**
 * Words of the text that are one edit away from a term: a letter too many, too few, another, or two swapped. A word that is a term
 * itself, or begins with one, is none: inflections begin with their word.
 */
export function nearMisses(text: string, language: string, terms: readonly LockedTerm[]): NearMiss[] {
  const own = ofLanguage(terms, language).map(({ term }) => fold(term))
  const there = fold(text)
  const found = new Map<string, string>()
  for (const [run] of there.matchAll(words)) {
    const miss = isLetters(run) ? ofWord(run, own) : ofSyllables(run, own)
    if (miss && !found.has(miss.found)) found.set(miss.found, miss.term)
  }
  return [...found].map(([found, term]) => ({ found, term }))
}

function ofWord(word: string, terms: readonly string[]): NearMiss | undefined {
  if (terms.some((term) => word.startsWith(term))) return undefined
  const term = terms.find((one) => isLetters(one) && one.length >= minLetters && oneEdit(word, one))
  return term === undefined ? undefined : { found: word, term }
}

/** Where words have endings and are written together: any stretch of syllables in them, but for what is of a term. */
function ofSyllables(run: string, terms: readonly string[]): NearMiss | undefined {
  const exact = terms.flatMap((term) => occurrences(run, term))
  for (const term of terms) {
    const { length: wanted } = term
    if (isLetters(term) || wanted < minSyllables) continue
    // Of three syllables one of another letter is a slip; another syllable is another word, as is what a shorter term begins: 대피로 is no 대피소.
    const short = wanted === minSyllables
    const excused = exact.filter(({ length }) => short || length >= wanted)
    const isTerm = (at: number, length: number) =>
      exact.some((one) => one.at <= at && at + length <= one.at + one.length) ||
      excused.some((one) => one.at < at + length && at < one.at + one.length)
    for (const length of short ? [wanted] : [wanted, wanted - 1, wanted + 1]) {
      for (let at = 0; at + length <= run.length; at++) {
        if (isTerm(at, length)) continue
        const stretch = run.slice(at, at + length)
        if (short ? oneEdit(lettersOf(stretch), lettersOf(term)) : oneEdit(stretch, term))
          return { found: stretch, term }
      }
    }
  }
  return undefined
}

function occurrences(run: string, term: string): { at: number; length: number }[] {
  const found = []
  for (let at = run.indexOf(term); at >= 0; at = run.indexOf(term, at + 1)) found.push({ at, length: term.length })
  return found
}

/** Hangul by its letters, of which a syllable has two or three. */
const lettersOf = (text: string) => text.normalize('NFD')

/** Damerau's distance is exactly one. */
export function oneEdit(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  if (restA.length <= 1 && restB.length <= 1) return true
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0]
}
