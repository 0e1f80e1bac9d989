import { ask, mayBeKey, Refused } from './api.js'
import { showBoard } from './board.js'
import { keepKey, keptKey } from './kept-key.js'
import { aged, lookAgain, nothingKnown, shutOut } from './look.js'
import { page } from './page.js'
import { words } from './words.js'

const everyMs = 5_000
/** So late is a look only where the browser or the machine slept. */
const sleptMs = 20_000

/** Ends the session that is on; a new one has a controller of its own, so no answer to an old key is ever shown. */
let session = new AbortController()

/** @param {string} key */
async function signIn(key) {
  session.abort()
  session = new AbortController()
  const { signal } = session
  showSignedIn(true)
  page.problem.textContent = ''
  page.title.focus()
  let look = nothingKnown()
  showBoard(look, new Date())
  for (;;) {
    look = await lookAgain(look, (path) => ask(path, key, signal))
    if (signal.aborted) return
    const refused = shutOut(look)
    if (refused !== undefined) return signOut(whyShutOut(refused))
    keepKey(key)
    const at = new Date()
    showBoard(look, at)
    await pause(signal)
    if (signal.aborted) return
    if (Date.now() - at.getTime() > sleptMs) {
      look = aged(look, at)
      showBoard(look, new Date())
    }
  }
}

/** @param {string} why shown; empty where it was asked for */
function signOut(why) {
  session.abort()
  keepKey(null)
  // What the key showed goes with it.
  showBoard(nothingKnown(), new Date())
  showSignedIn(false)
  page.problem.textContent = why
  page.key.value = ''
  page.key.focus()
}

/** @param {boolean} signedIn */
function showSignedIn(signedIn) {
  page.form.hidden = signedIn
  page.board.hidden = !signedIn
  page.signOut.hidden = !signedIn
  page.standing.hidden = !signedIn
}

/** @param {Refused} refused */
const whyShutOut = ({ status, message }) => (status === 401 ? words.unknownKey : words.forbidden(message))

/** Until the next look is due, or the page is seen again: a browser lets the clocks of hidden pages stand. @param {AbortSignal} signal */
function pause(signal) {
  return new Promise((resolve) => {
    const over = new AbortController()
    const end = () => {
      if (document.hidden && !signal.aborted) return
      over.abort()
      clearTimeout(timer)
      resolve(undefined)
    }
    const timer = setTimeout(() => {
      over.abort()
      resolve(undefined)
    }, everyMs)
    document.addEventListener('visibilitychange', end, { signal: over.signal })
    signal.addEventListener('abort', end, { signal: over.signal })
  })
}

document.title = words.title
page.form.addEventListener('submit', (event) => {
  event.preventDefault()
  const key = page.key.value.trim()
  page.key.value = ''
  if (mayBeKey(key)) void signIn(key)
  else page.problem.textContent = words.noKey
})
page.signOut.addEventListener('click', () => signOut(''))
const kept = keptKey()
if (kept === null) showSignedIn(false)
else void signIn(kept)
