import { newForm } from './form.js'
import { made } from './made.js'
import { language, otherLanguage, words } from './words.js'

/** @typedef {ReturnType<typeof newPart>} Part */

/** A part of the board: its title, of what time it is, and its table, or a sentence where there is nothing. */
function newPart(/** @type {string} */ id, /** @type {string} */ title, /** @type {string} */ nothing) {
  const asOf = made('p', { class: 'as-of' })
  const none = made('p', { hidden: '' }, nothing)
  const table = made('table', { 'aria-labelledby': `${id}-title`, hidden: '' })
  const heading = made('h2', { id: `${id}-title` }, title)
  const section = made('section', { id, 'aria-labelledby': `${id}-title` }, heading, asOf, none, table)
  return { section, asOf, none, table }
}

document.documentElement.lang = language
document.title = words.title

const title = made('h1', { tabindex: '-1' }, words.title)
const standing = made('p', { role: 'status' })
const who = made('p', { id: 'who' })
const otherWords = made('button', { type: 'button', lang: otherLanguage }, words.otherLanguage)
const signOut = made('button', { type: 'button' }, words.signOut)
const trouble = made('p', { id: 'trouble', class: 'problem', role: 'alert' })

const typed = { autocapitalize: 'off', spellcheck: 'false' }
const secret = { ...typed, type: 'password', required: '' }

/** Why somebody is signed out whom nobody asked. */
const why = made('p', { id: 'why', class: 'problem', role: 'alert' })
const byPassword = newForm('sign-in', {
  title: words.signIn,
  fields: [
    { name: 'name', label: words.name, attributes: { ...typed, required: '', autocomplete: 'username' } },
    { name: 'password', label: words.password, attributes: { ...secret, autocomplete: 'current-password' } },
    {
      name: 'code',
      label: words.code,
      help: words.codeHelp,
      shape: words.codeShape,
      attributes: { ...typed, autocomplete: 'one-time-code' },
    },
  ],
  submit: words.signIn,
})
const byKey = newForm('by-key', {
  title: words.keyTitle,
  fields: [{ name: 'key', label: words.key, help: words.keyHelp, attributes: { ...secret, autocomplete: 'off' } }],
  submit: words.keySubmit,
})

/** Whose password it is, for whoever keeps passwords. */
const whose = made('input', { id: 'whose', autocomplete: 'username', readonly: '' })
const newPassword = newForm('new-password', {
  title: words.newPasswordTitle,
  intro: [
    made('p', {}, words.newPasswordWhy),
    made('div', { class: 'field' }, made('label', { for: 'whose' }, words.name), whose),
  ],
  fields: [
    { name: 'current', label: words.currentPassword, attributes: { ...secret, autocomplete: 'current-password' } },
    { name: 'password', label: words.newPassword, attributes: { ...secret, autocomplete: 'new-password' } },
    { name: 'repeat', label: words.repeatPassword, attributes: { ...secret, autocomplete: 'new-password' } },
  ],
  submit: words.savePassword,
})

const totpSecret = made('code', { class: 'secret' })
const totpLink = made('a', {}, words.factorLink)
const secondFactor = newForm('second-factor', {
  title: words.factorTitle,
  intro: [made('p', {}, words.factorWhy), made('p', {}, totpSecret), made('p', {}, totpLink)],
  fields: [
    {
      name: 'code',
      label: words.factorCode,
      shape: words.factorCodeShape,
      attributes: { ...typed, required: '', inputmode: 'numeric', autocomplete: 'one-time-code' },
    },
  ],
  submit: words.confirmFactor,
})

const codesTitle = made('h2', { id: 'codes-title', tabindex: '-1' }, words.codesTitle)
const codesList = made('ol', { class: 'secret' })
const codesKept = made('button', { type: 'button' }, words.codesKept)
const codes = made(
  'section',
  { id: 'codes', hidden: '', 'aria-labelledby': 'codes-title' },
  codesTitle,
  made('p', {}, words.codesWhy),
  codesList,
  codesKept,
)

const alarms = made('ul', { 'aria-label': words.alarms })
const alerts = newPart('alerts', words.alerts, words.noAlerts)
const approved = newPart('approved', words.approved, words.noApproved)
const submitted = newPart('submitted', words.submitted, words.noSubmitted)
const feeds = newPart('feeds', words.feeds, words.noFeeds)
const carriers = newPart('carriers', words.carriers, words.noCarriers)
const sections = [alerts, approved, submitted, feeds, carriers].map(({ section }) => section)
const board = made('div', { hidden: '' }, alarms, ...sections)

document.body.append(
  made('header', {}, title, standing, who, otherWords, signOut),
  made(
    'main',
    {},
    trouble,
    why,
    byPassword.element,
    byKey.element,
    newPassword.element,
    secondFactor.element,
    codes,
    board,
  ),
)

/** What is written on; all else of the page stays as it is. */
export const page = {
  title,
  standing,
  who,
  otherWords,
  signOut,
  trouble,
  why,
  byPassword,
  byKey,
  newPassword,
  whose,
  secondFactor,
  totpSecret,
  totpLink,
  codes,
  codesTitle,
  codesList,
  codesKept,
  board,
  alarms,
  alerts,
  approved,
  submitted,
  feeds,
  carriers,
}
