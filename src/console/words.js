import { en } from './words-en.js'
import { ko } from './words-ko.js'

const place = 'bongsu.language'
const known = { en, ko }
/** @typedef {keyof typeof known} Language */

/** What somebody chose here once; else the first of the browser's languages that the page speaks. @returns {Language} */
function chosen() {
  const wanted = [kept(), ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return /** @type {Language} */ (wanted.find((tag) => tag !== null && Object.hasOwn(known, tag)) ?? 'en')
}

function kept() {
  try {
    return localStorage.getItem(place)
  } catch {
    return null
  }
}

export const language = chosen()
/** All that the page says. */
export const words = known[language]
export const otherLanguage = language === 'en' ? 'ko' : 'en'

/** The page is made once, in one language: so it is loaded anew. */
export function changeLanguage() {
  try {
    localStorage.setItem(place, otherLanguage)
  } catch {
    return
  }
  location.reload()
}
