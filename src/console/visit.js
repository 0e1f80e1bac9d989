/** @typedef {import('./api.js').Pass} Pass */

/** Ends the visit that is on; a new one has a controller of its own, so no answer to an old key or session is ever shown. */
let visit = new AbortController()
/** @type {Pass | undefined} */
let pass

/** Ends the visit before. @param {Pass | undefined} by undefined: nobody is signed in @returns when this one ends */
export function newVisit(by) {
  visit.abort()
  visit = new AbortController()
  pass = by
  return visit.signal
}

/** The visit that is on: how it is let in, and when it ends. */
export const currentVisit = () => ({ pass, ended: visit.signal })
