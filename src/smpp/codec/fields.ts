import type { CommandName } from './commands.ts'

/** One destination of a submit_multi (SMPP 3.4 §4.5.1.1): an address or the name of a distribution list. */
export type Destination =
  | { dest_addr_ton: number; dest_addr_npi: number; destination_addr: string }
  | { dl_name: string }

/** One destination that a submit_multi did not reach (SMPP 3.4 §4.5.2.1). */
export interface UnsuccessfulDestination {
  dest_addr_ton: number
  dest_addr_npi: number
  destination_addr: string
  error_status_code: number
}

/** What a field of each wire type holds in memory. */
interface FieldValues {
  u8: number
  /** NUL-terminated; each octet is one char (Latin-1), so that what came in can be compared and kept exactly. */
  cstring: string
  /** An octet of length, then the octets: sm_length and short_message. */
  octets: Buffer
  destinations: readonly Destination[]
  unsuccessful: readonly UnsuccessfulDestination[]
}

/** A mandatory field as data. `max` is the size in octets that encoding enforces, the NUL included. */
export type Field =
  | { readonly name: string; readonly type: 'u8' }
  | { readonly name: string; readonly type: 'cstring'; readonly max: number }
  | { readonly name: string; readonly type: 'octets'; readonly max: number }
  | { readonly name: string; readonly type: 'destinations' }
  | { readonly name: string; readonly type: 'unsuccessful' }

const u8 = <N extends string>(name: N) => ({ name, type: 'u8' }) as const
const cstring = <N extends string>(name: N, max: number) => ({ name, type: 'cstring', max }) as const

const source = [u8('source_addr_ton'), u8('source_addr_npi'), cstring('source_addr', 21)] as const
const destination = [u8('dest_addr_ton'), u8('dest_addr_npi'), cstring('destination_addr', 21)] as const
const shortMessage = { name: 'short_message', type: 'octets', max: 254 } as const
const messageId = cstring('message_id', 65)
const serviceType = cstring('service_type', 6)
const times = [cstring('schedule_delivery_time', 17), cstring('validity_period', 17)] as const

const bind = [
  cstring('system_id', 16),
  // SMPP says 9 octets; providers hand out longer passwords, and their SMSCs take them.
  cstring('password', 65),
  cstring('system_type', 13),
  u8('interface_version'),
  u8('addr_ton'),
  u8('addr_npi'),
  cstring('address_range', 41),
] as const
const bindResponse = [cstring('system_id', 16)] as const

const handling = [
  u8('esm_class'),
  u8('protocol_id'),
  u8('priority_flag'),
  ...times,
  u8('registered_delivery'),
  u8('replace_if_present_flag'),
  u8('data_coding'),
  u8('sm_default_msg_id'),
  shortMessage,
] as const
const message = [serviceType, ...source, ...destination, ...handling] as const

/** The mandatory fields of every command, in wire order (SMPP 3.4 §4, 5.0 §4.1 to 4.6). */
export const mandatoryFields = {
  generic_nack: [],
  bind_receiver: bind,
  bind_receiver_resp: bindResponse,
  bind_transmitter: bind,
  bind_transmitter_resp: bindResponse,
  bind_transceiver: bind,
  bind_transceiver_resp: bindResponse,
  outbind: [cstring('system_id', 16), cstring('password', 65)],
  unbind: [],
  unbind_resp: [],
  enquire_link: [],
  enquire_link_resp: [],
  submit_sm: message,
  submit_sm_resp: [messageId],
  deliver_sm: message,
  deliver_sm_resp: [messageId],
  submit_multi: [serviceType, ...source, { name: 'dest_address', type: 'destinations' }, ...handling],
  submit_multi_resp: [messageId, { name: 'unsuccess_sme', type: 'unsuccessful' }],
  data_sm: [
    serviceType,
    u8('source_addr_ton'),
    u8('source_addr_npi'),
    cstring('source_addr', 65),
    u8('dest_addr_ton'),
    u8('dest_addr_npi'),
    cstring('destination_addr', 65),
    u8('esm_class'),
    u8('registered_delivery'),
    u8('data_coding'),
  ],
  data_sm_resp: [messageId],
  query_sm: [messageId, ...source],
  query_sm_resp: [messageId, cstring('final_date', 17), u8('message_state'), u8('error_code')],
  cancel_sm: [serviceType, messageId, ...source, ...destination],
  cancel_sm_resp: [],
  replace_sm: [messageId, ...source, ...times, u8('registered_delivery'), u8('sm_default_msg_id'), shortMessage],
  replace_sm_resp: [],
  alert_notification: [
    u8('source_addr_ton'),
    u8('source_addr_npi'),
    cstring('source_addr', 65),
    u8('esme_addr_ton'),
    u8('esme_addr_npi'),
    cstring('esme_addr', 65),
  ],
  broadcast_sm: [
    serviceType,
    ...source,
    messageId,
    u8('priority_flag'),
    ...times,
    u8('replace_if_present_flag'),
    u8('data_coding'),
    u8('sm_default_msg_id'),
  ],
  broadcast_sm_resp: [messageId],
  query_broadcast_sm: [messageId, ...source],
  query_broadcast_sm_resp: [messageId],
  cancel_broadcast_sm: [serviceType, messageId, ...source],
  cancel_broadcast_sm_resp: [],
} as const satisfies Record<CommandName, readonly Field[]>

/** The mandatory fields of command `C` by their SMPP names. */
export type Fields<C extends CommandName> = {
  [F in (typeof mandatoryFields)[C][number] as F['name']]: FieldValues[F['type']]
}
