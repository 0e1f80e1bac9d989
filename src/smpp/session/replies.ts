import { type CommandName, commandId, commandName, isResponse } from '../codec/commands.ts'
import type { DamagedPdu } from '../codec/errors.ts'
import type { PduInput } from '../codec/pdu.ts'
import { commandStatus } from '../codec/status.ts'

/** Commands to which SMPP has no response (3.4 §4.1.7, §4.12.1). */
const unanswerable: ReadonlySet<CommandName> = new Set(['outbind', 'alert_notification'])

/**
 * The response to a request of the peer with an error status: a header only (SMPP 3.4 §4.4.2), but for deliveries, whose
 * response keeps its empty message_id (§4.6.2, §4.7.2).
 */
export function refusal(command: CommandName, status: number, sequence: number): PduInput | undefined {
  if (isResponse(commandId[command]) || unanswerable.has(command)) return undefined
  const response = commandName(commandId[command] + 0x80000000)
  if (command === 'deliver_sm' || command === 'data_sm') {
    return { command: `${command}_resp`, status, sequence, fields: { message_id: '' } }
  }
  return response && ({ command: response, status, sequence } as PduInput)
}

/**
 * What is said to a PDU that cannot be read.
 * - a delivery: its own response with ESME_RX_P_APPN, "permanent error" (SMPP 3.4 §5.1.3), or the SMSC would send it again for ever
 * - any other request, known or not: generic_nack (§4.3)
 * - a response: nothing, its request stays unanswered
 */
export function replyToDamaged({ commandId: id, sequence, status }: DamagedPdu): PduInput | undefined {
  if (isResponse(id)) return undefined
  const command = commandName(id)
  if (command === 'deliver_sm' || command === 'data_sm') {
    return refusal(command, commandStatus.ESME_RX_P_APPN, sequence)
  }
  return { command: 'generic_nack', status, sequence }
}
