import { words } from './words.js'

/** @typedef {ReturnType<typeof newPart>} Part */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {...(string | Node)} children text goes in as text
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function made(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** A part of the board: its title, of what time it is, and its table, or a sentence where there is nothing. */
function newPart(/** @type {string} */ id, /** @type {string} */ title, /** @type {string} */ nothing) {
  const asOf = made('p', { class: 'as-of' })
  const none = made('p', { hidden: '' }, nothing)
  const table = made('table', { 'aria-labelledby': `${id}-title`, hidden: '' })
  const heading = made('h2', { id: `${id}-title` }, title)
  const section = made('section', { id, 'aria-labelledby': `${id}-title` }, heading, asOf, none, table)
  return { section, asOf, none, table }
}

const title = made('h1', { tabindex: '-1' }, words.title)
const standing = made('p', { role: 'status' })
const signOut = made('button', { type: 'button' }, words.signOut)

const key = made('input', {
  id: 'key',
  type: 'password',
  required: '',
  autocomplete: 'off',
  autocapitalize: 'off',
  spellcheck: 'false',
  'aria-describedby': 'key-help key-problem',
})
const problem = made('p', { id: 'key-problem', class: 'problem', role: 'alert' })
const form = made(
  'form',
  // Should the script fail, the key would not end up in an address; and form-action forbids the browser to send it at all.
  { method: 'post', 'aria-label': words.signIn },
  made('label', { for: 'key' }, words.key),
  key,
  made('p', { id: 'key-help' }, words.keyHelp),
  problem,
  made('button', { type: 'submit' }, words.signIn),
)

const alarms = made('ul', { 'aria-label': words.alarms })
const alerts = newPart('alerts', words.alerts, words.noAlerts)
const feeds = newPart('feeds', words.feeds, words.noFeeds)
const carriers = newPart('carriers', words.carriers, words.noCarriers)
const board = made('div', {}, alarms, alerts.section, feeds.section, carriers.section)

document.body.append(made('header', {}, title, standing, signOut), made('main', {}, form, board))

/** What is written on; all else of the page stays as it is. */
export const page = { title, standing, signOut, form, key, problem, board, alarms, alerts, feeds, carriers }
