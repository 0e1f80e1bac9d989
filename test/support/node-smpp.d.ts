/** The parts of node-smpp 0.5.1 that the tests use as a second implementation; the package has no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events'

  interface NodePdu {
    command: string
    command_id: number
    command_length: number
    command_status: number
    sequence_number: number
    // biome-ignore lint/suspicious/noExplicitAny: the fields of every command, by name.
    [field: string]: any
    toBuffer(): Buffer
    response(options?: Record<string, unknown>): NodePdu
  }

  interface NodeSession extends EventEmitter {
    send(pdu: NodePdu): boolean
    close(callback?: () => void): void
    destroy(callback?: () => void): void
    bind_transceiver(options: Record<string, unknown>, callback: (pdu: NodePdu) => void): boolean
    bind_receiver(options: Record<string, unknown>, callback: (pdu: NodePdu) => void): boolean
    submit_sm(options: Record<string, unknown>, callback: (pdu: NodePdu) => void): boolean
    query_sm(options: Record<string, unknown>, callback: (pdu: NodePdu) => void): boolean
    enquire_link(callback: (pdu: NodePdu) => void): boolean
    unbind(callback: (pdu: NodePdu) => void): boolean
  }

  const smpp: {
    PDU: new (command: string | Buffer, options?: Record<string, unknown>) => NodePdu
    commands: Record<string, { id: number; params?: Record<string, unknown> }>
    tlvs: Record<string, { id: number; type: unknown; multiple?: boolean }>
    errors: Record<string, number>
    types: { tlv: Record<string, unknown> }
    connect(options: { host: string; port: number }, listener?: () => void): NodeSession
  }
  export default smpp
}
