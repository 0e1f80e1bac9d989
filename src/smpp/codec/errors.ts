/**
 * One PDU that cannot be read although its frame is whole: answer it with a generic_nack (or, for a request, its own
 * response) that carries `sequence` and `status`. The stream goes on.
 */
export class DamagedPdu extends Error {
  readonly commandId: number
  readonly sequence: number
  /** command_status to answer with. */
  readonly status: number

  constructor(message: string, header: { commandId: number; sequence: number; status: number }) {
    super(message)
    this.name = 'DamagedPdu'
    this.commandId = header.commandId
    this.sequence = header.sequence
    this.status = header.status
  }
}

/** The boundaries between PDUs are lost: close the connection, nothing after this can be trusted. */
export class BrokenStream extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BrokenStream'
  }
}
