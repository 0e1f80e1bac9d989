import { showBoard } from './board.js'
import { keepKey } from './kept-key.js'
import { aged, lookAgain, nothingKnown, shutOut } from './look.js'
import { page } from './page.js'
import { pause } from './pause.js'
import { isComplete } from './session.js'
import { show, showWho } from './view.js'
import { newVisit } from './visit.js'
import { words } from './words.js'

/** @typedef {import('./api.js').Pass} Pass */
/** What comes after: somebody is let in no more, or has to see to his session first. */
/** @typedef {{ shutOut: (refused: import('./api.js').Refused, by: Pass) => void, goOn: (session: import('./session.js').Session) => void }} Ways */

const everyMs = 5_000
/** So late is a look only where the browser or the machine slept. */
const sleptMs = 20_000

/** Shows the board, and looks again every few seconds until the visit ends. @param {Pass} by @param {Ways} ways */
export async function watch(by, ways) {
  const ended = newVisit(by)
  show('board')
  if ('key' in by) page.who.textContent = words.byKey
  page.title.focus()
  let look = nothingKnown()
  showBoard(look, new Date())
  for (;;) {
    look = await lookAgain(look, by, ended)
    if (ended.aborted) return
    const session = look.session.failed === undefined ? look.session.answer?.body : null
    if (session && !isComplete(session)) return ways.goOn(session)
    const refused = shutOut(look)
    if (refused !== undefined) return ways.shutOut(refused, by)
    if (session) showWho(session)
    if ('key' in by) keepKey(by.key)
    const at = new Date()
    showBoard(look, at)
    await pause(everyMs, ended)
    if (ended.aborted) return
    if (Date.now() - at.getTime() > sleptMs) {
      look = aged(look, at)
      showBoard(look, new Date())
    }
  }
}
