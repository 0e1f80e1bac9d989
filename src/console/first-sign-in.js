import { bySession, Refused } from './api.js'
import { page } from './page.js'
import { confirmSecondFactor, isComplete, newSecondFactor, setPassword } from './session.js'
import { show, showWho } from './view.js'
import { newVisit } from './visit.js'
import { words } from './words.js'

/** @typedef {import('./session.js').Session} Session */
/** What comes after: the board, or signing in anew because the session has ended. */
/** @typedef {{ board: () => void, shutOut: (refused: Refused, by: import('./api.js').Pass) => void }} Ways */
/** @typedef {(typed: (name: string) => string) => Promise<void>} Step */

/** What the forms of it do at the moment. @type {{ password: Step, code: Step }} */
const steps = { password: async () => undefined, code: async () => undefined }
page.newPassword.onSubmit((typed) => steps.password(typed))
page.secondFactor.onSubmit((typed) => steps.code(typed))

/**
 * What a session needs before it opens anything: a password that nobody else knows, then a second factor.
 *
 * @param {Session} session
 * @param {Ways} ways
 * @param {string} [given] the password that he has just signed in with
 */
export function complete(session, ways, given) {
  showWho(session)
  if (session.mustChangePassword) askPassword(session, ways, given)
  else if (!isComplete(session)) void askSecondFactor(ways)
  else ways.board()
}

/** @param {Session} session @param {Ways} ways @param {string} [given] */
function askPassword({ person }, ways, given) {
  const ended = newVisit(bySession)
  show('new-password')
  const { newPassword } = page
  page.whose.value = person
  // Whoever has just typed it does not type it again.
  newPassword.need('current', given === undefined)
  newPassword.input('current').value = given ?? ''
  newPassword.input(given === undefined ? 'current' : 'password').focus()
  steps.password = async (typed) => {
    if (typed('password') !== typed('repeat')) return newPassword.tellOf('repeat', words.repeatDiffers)
    const session = await within(ended, ways, setPassword(typed('current'), typed('password'), ended))
    if (session !== undefined) complete(session, ways)
  }
}

/** @param {Ways} ways */
async function askSecondFactor(ways) {
  const ended = newVisit(bySession)
  show('second-factor')
  const { secondFactor, totpSecret, totpLink } = page
  secondFactor.input('code').focus()
  const propose = async () => {
    const made = await within(ended, ways, newSecondFactor(ended))
    if (made === undefined) return
    // In groups, because somebody types it into a telephone.
    totpSecret.textContent = made.secret.replace(/.{4}(?=.)/g, '$& ')
    if (made.uri.startsWith('otpauth:')) totpLink.href = made.uri
  }
  steps.code = async (typed) => {
    // There was no answer the first time.
    if (totpSecret.textContent === '') return propose()
    const code = typed('code').replace(/\s/g, '')
    const session = await within(ended, ways, confirmSecondFactor(code, ended))
    if (session !== undefined) showCodes(session, ways)
  }
  await propose().catch(secondFactor.refuse)
}

/** @param {Session & { recoveryCodes: string[] }} session @param {Ways} ways */
function showCodes(session, ways) {
  newVisit(bySession)
  show('codes')
  showWho(session)
  for (const code of session.recoveryCodes) {
    const item = document.createElement('li')
    item.textContent = code
    page.codesList.append(item)
  }
  page.codesTitle.focus()
  page.codesKept.onclick = ways.board
}

/**
 * What comes after the visit has ended comes to nothing; where the session has ended meanwhile, that is said where one signs in.
 *
 * @template T
 * @param {AbortSignal} ended
 * @param {Ways} ways
 * @param {Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function within(ended, ways, work) {
  try {
    const done = await work
    return ended.aborted ? undefined : done
  } catch (error) {
    if (ended.aborted) return undefined
    if (!(error instanceof Refused && error.status === 401)) throw error
    ways.shutOut(error, bySession)
    return undefined
  }
}
