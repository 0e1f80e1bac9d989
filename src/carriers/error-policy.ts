/**
 * What a command_status means for the message and for the account.
 * - `throttle`: the account is too fast; slow down, send again.
 * - `later`: this destination or queue is full; send again after a while.
 * - `retry`: a fault of the SMSC; send again.
 * - `rebind`: the session is no good; send again over a new one.
 * - `permanent`: the message will never be accepted.
 */
export const ERROR_POLICIES = ['throttle', 'later', 'retry', 'rebind', 'permanent'] as const

export type ErrorPolicy = (typeof ERROR_POLICIES)[number]
