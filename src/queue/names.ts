/** The bell of an account: there may be chunks for it. */
export const bellOf = (carrierId: string): string => `dispatch-${carrierId}`

/** A broadcast was cancelled or replaced: its queued chunks are to be taken back. */
export const withdrawBell = 'withdraw'

/** Residents registered or moved while an alert was in force. */
export const arrivalsBell = 'arrivals'

/** What is old is to be deleted: once for all engines on one database. */
export const purgeBell = 'purge'

/** A broadcast's messages are to be made. */
export const selectionBell = 'selection'

/** Something is due at an operator's CAMARA API. */
export const camaraBell = 'camara'
