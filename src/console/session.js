import { ask, bySession, Refused, request } from './api.js'

/** A session of `GET /v1/sessions/current`, as much of it as the page uses. */
/** @typedef {{ person: string, roles: string[], csrfToken: string, mustChangePassword: boolean, secondFactor: boolean, expiresAt: string }} Session */

/** Before that nothing is open to it but its own completion. @param {Session} session */
export const isComplete = ({ mustChangePassword, secondFactor }) => !mustChangePassword && secondFactor

/** In memory only: after a reload the server is asked for it anew. */
let csrfToken = ''

/**
 * What the server says of the session of this browser's cookie.
 * @param {AbortSignal} ended
 * @returns {Promise<import('./api.js').Answer & { readonly body: Session }>}
 */
export async function currentSession(ended) {
  const answer = await ask('v1/sessions/current', bySession, ended)
  csrfToken = answer.body.csrfToken
  return answer
}

/** @param {{ name: string, password: string, code?: string }} given @param {AbortSignal} ended @returns {Promise<Session>} */
export const openSession = (given, ended) => change('POST', 'v1/sessions', given, ended)

/** @param {AbortSignal} ended */
export const endSession = (ended) => ownChange('DELETE', 'v1/sessions/current', undefined, ended)

/** @param {string} current @param {string} password @param {AbortSignal} ended @returns {Promise<Session>} */
export const setPassword = (current, password, ended) =>
  ownChange('POST', 'v1/me/password', { current, password }, ended)

/** @param {AbortSignal} ended @returns {Promise<{ uri: string, secret: string }>} */
export const newSecondFactor = (ended) => ownChange('POST', 'v1/me/second-factor', undefined, ended)

/** @param {string} code @param {AbortSignal} ended @returns {Promise<Session & { recoveryCodes: string[] }>} */
export const confirmSecondFactor = (code, ended) => ownChange('POST', 'v1/me/second-factor/confirm', { code }, ended)

/**
 * Somebody may have signed in anew in another tab, and the token is that of another session: then it is asked for once more.
 * @param {string} method @param {string} path @param {object | undefined} body @param {AbortSignal} ended
 */
async function ownChange(method, path, body, ended) {
  try {
    return await change(method, path, body, ended)
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'csrf-token-missing')) throw error
    await currentSession(ended)
    return change(method, path, body, ended)
  }
}

/** @param {string} method @param {string} path @param {object | undefined} body @param {AbortSignal} ended @returns {Promise<any>} */
async function change(method, path, body, ended) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const headers = { 'x-csrf-token': csrfToken, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const answer = await request(path, { method, headers, credentials: 'same-origin', ...json }, ended)
  if (typeof answer.body?.csrfToken === 'string') csrfToken = answer.body.csrfToken
  return answer.body
}
