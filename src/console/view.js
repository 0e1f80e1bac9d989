import { page } from './page.js'
import { instant } from './time.js'
import { words } from './words.js'

/** What the page is at the moment: one of these, and nothing else of it is seen. */
/** @typedef {'asking' | 'sign-in' | 'new-password' | 'second-factor' | 'codes' | 'board'} View */

/** @type {Record<Exclude<View, 'asking'>, readonly HTMLElement[]>} */
const elements = {
  'sign-in': [page.byPassword.element, page.byKey.element],
  'new-password': [page.newPassword.element],
  'second-factor': [page.secondFactor.element],
  codes: [page.codes],
  board: [page.board],
}

/** @type {View} */
let shown = 'asking'

/** Shows one of them; what was typed and shown in the others goes. @param {View} view */
export function show(view) {
  shown = view
  for (const element of Object.values(elements).flat()) element.hidden = true
  for (const element of view === 'asking' ? [] : elements[view]) element.hidden = false
  for (const form of [page.byPassword, page.byKey, page.newPassword, page.secondFactor]) form.clear()
  for (const secret of [page.totpSecret, page.codesList]) secret.replaceChildren()
  page.totpLink.removeAttribute('href')
  page.why.textContent = ''
  page.trouble.textContent = ''
  page.signOut.hidden = view === 'sign-in' || view === 'asking'
  page.standing.hidden = view !== 'board' && view !== 'asking'
  // It loads the page anew, and the codes would be gone.
  page.otherWords.hidden = view === 'codes'
  if (page.signOut.hidden) page.who.textContent = ''
}

export const isShown = (/** @type {View} */ view) => shown === view

/** @param {import('./session.js').Session} session */
export function showWho({ person, roles, expiresAt }) {
  const said = words.signedIn(person, roles.join(', '), instant(expiresAt))
  if (page.who.textContent !== said) page.who.textContent = said
}
