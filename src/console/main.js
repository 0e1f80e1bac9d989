import { bySession, mayBeKey, Refused } from './api.js'
import { showBoard } from './board.js'
import { complete } from './first-sign-in.js'
import { saidOf } from './form.js'
import { keepKey, keptKey } from './kept-key.js'
import { nothingKnown } from './look.js'
import { page } from './page.js'
import { currentSession, endSession, openSession } from './session.js'
import { isShown, show } from './view.js'
import { currentVisit, newVisit } from './visit.js'
import { watch } from './watch.js'
import { changeLanguage, words } from './words.js'

/** @typedef {import('./api.js').Pass} Pass */

/** Where whoever has a session goes: to his password, his second factor, or the board. */
const ways = {
  board: () => void watch(bySession, ways),
  goOn: (/** @type {import('./session.js').Session} */ session) => complete(session, ways),
  shutOut: (/** @type {Refused} */ refused, /** @type {Pass} */ by) => void shutOut(refused, by),
}

/** A reload comes here: the key is kept in the tab, and the cookie by the browser. */
async function enter() {
  const key = keptKey()
  if (key !== null) return watch({ key }, ways)
  const ended = newVisit(bySession)
  show('asking')
  page.standing.textContent = words.asking
  try {
    const { body } = await currentSession(ended)
    if (!ended.aborted) complete(body, ways)
  } catch (error) {
    if (ended.aborted) return
    // There may be a session all the same: the board says since when the server does not answer.
    if (!(error instanceof Refused)) return watch(bySession, ways)
    if (error.status === 403) return shutOut(error, bySession)
    const nobody = error.code === 'missing-key'
    leave(nobody ? '' : error.status === 401 ? words.sessionEnded : saidOf(error))
  }
}

/** @param {(name: string) => string} typed */
async function signIn(typed) {
  const code = typed('code').replace(/\s/g, '')
  const [name, password] = [typed('name'), typed('password')]
  const ended = newVisit(undefined)
  try {
    const session = await openSession({ name, password, ...(code === '' ? {} : { code }) }, ended)
    if (!ended.aborted) complete(session, ways, password)
  } catch (error) {
    if (ended.aborted) return
    // Each code is taken once, and whoever comes next reads no password.
    for (const field of ['password', 'code']) page.byPassword.input(field).value = ''
    page.byPassword.input('password').focus()
    throw error
  }
}

/** The server forgets the session first: a cookie that only we forgot would let in whoever comes next. */
async function signOut() {
  const { pass, ended } = currentVisit()
  if (pass === undefined || 'key' in pass) return leave('')
  page.trouble.textContent = ''
  const stillIn = await endOf(ended)
  if (stillIn === undefined) leave('')
  else if (!ended.aborted) page.trouble.textContent = stillIn
}

/** Who may see nothing here has a session all the same: it ends as well, or can still be ended. @param {Refused} refused @param {Pass} by */
async function shutOut(refused, by) {
  const why = whyShutOut(refused, by)
  if (refused.status !== 403 || 'key' in by) return leave(why)
  const ended = newVisit(by)
  showBoard(nothingKnown(), new Date())
  show('asking')
  page.standing.textContent = words.asking
  const stillIn = await endOf(ended)
  if (ended.aborted) return
  leave(why)
  if (stillIn === undefined) return
  newVisit(by)
  page.trouble.textContent = stillIn
  page.signOut.hidden = false
}

/** Ends the session. @param {AbortSignal} ended @returns {Promise<string | undefined>} why it holds still */
async function endOf(ended) {
  try {
    await endSession(ended)
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return undefined
    return words.notSignedOut(error instanceof Error ? error.message : '')
  }
}

/** @param {string} why shown; empty where it was asked for */
function leave(why) {
  newVisit(undefined)
  keepKey(null)
  // What was shown to one is not left for the next.
  showBoard(nothingKnown(), new Date())
  show('sign-in')
  page.why.textContent = why
  if (isSecureContext) return page.byPassword.input('name').focus()
  // The cookie goes over TLS alone, unless it stays on this machine; and a password should not go otherwise either.
  page.byPassword.element.hidden = true
  page.why.textContent = [why, words.notByPlainHttp].filter(Boolean).join(' ')
  page.byKey.input('key').focus()
}

/** @param {Refused} refused @param {Pass} by */
function whyShutOut({ status, code, message }, by) {
  if (status === 403) return words.forbidden(message)
  if ('key' in by) return words.unknownKey
  return code === 'missing-key' ? words.cookieLost : words.sessionEnded
}

page.byPassword.onSubmit(signIn)
page.byKey.onSubmit(async (typed) => {
  const key = typed('key').trim()
  page.byKey.input('key').value = ''
  if (mayBeKey(key)) void watch({ key }, ways)
  else page.byKey.tellOf('key', words.noKey)
})
page.signOut.addEventListener('click', () => void signOut())
page.otherWords.addEventListener('click', changeLanguage)
addEventListener('beforeunload', (event) => {
  // They are shown only once.
  if (isShown('codes')) event.preventDefault()
})
void enter()
