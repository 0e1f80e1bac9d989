/** The wire type of a TLV's value. `max` and `min` bound its octets when encoding (a cstring's NUL included). */
type TlvSpec = {
  readonly tag: number
  readonly type: 'u8' | 'u16' | 'u32' | 'cstring' | 'octets'
  readonly min?: number
  readonly max?: number
  /** May stand several times in one PDU. */
  readonly multiple?: true
}

/** Optional parameters of SMPP 3.4 §5.3.2 and 5.0 §4.8.4. */
export const tlvTable = {
  dest_addr_subunit: { tag: 0x0005, type: 'u8' },
  dest_network_type: { tag: 0x0006, type: 'u8' },
  dest_bearer_type: { tag: 0x0007, type: 'u8' },
  dest_telematics_id: { tag: 0x0008, type: 'u16' },
  source_addr_subunit: { tag: 0x000d, type: 'u8' },
  source_network_type: { tag: 0x000e, type: 'u8' },
  source_bearer_type: { tag: 0x000f, type: 'u8' },
  source_telematics_id: { tag: 0x0010, type: 'u8' },
  qos_time_to_live: { tag: 0x0017, type: 'u32' },
  payload_type: { tag: 0x0019, type: 'u8' },
  additional_status_info_text: { tag: 0x001d, type: 'cstring', max: 256 },
  receipted_message_id: { tag: 0x001e, type: 'cstring', max: 65 },
  ms_msg_wait_facilities: { tag: 0x0030, type: 'u8' },
  privacy_indicator: { tag: 0x0201, type: 'u8' },
  source_subaddress: { tag: 0x0202, type: 'octets', min: 2, max: 23 },
  dest_subaddress: { tag: 0x0203, type: 'octets', min: 2, max: 23 },
  user_message_reference: { tag: 0x0204, type: 'u16' },
  user_response_code: { tag: 0x0205, type: 'u8' },
  source_port: { tag: 0x020a, type: 'u16' },
  dest_port: { tag: 0x020b, type: 'u16' },
  sar_msg_ref_num: { tag: 0x020c, type: 'u16' },
  language_indicator: { tag: 0x020d, type: 'u8' },
  sar_total_segments: { tag: 0x020e, type: 'u8' },
  sar_segment_seqnum: { tag: 0x020f, type: 'u8' },
  sc_interface_version: { tag: 0x0210, type: 'u8' },
  callback_num_pres_ind: { tag: 0x0302, type: 'u8', multiple: true },
  callback_num_atag: { tag: 0x0303, type: 'octets', max: 65, multiple: true },
  number_of_messages: { tag: 0x0304, type: 'u8' },
  callback_num: { tag: 0x0381, type: 'octets', min: 4, max: 19, multiple: true },
  dpf_result: { tag: 0x0420, type: 'u8' },
  set_dpf: { tag: 0x0421, type: 'u8' },
  ms_availability_status: { tag: 0x0422, type: 'u8' },
  network_error_code: { tag: 0x0423, type: 'octets', min: 3, max: 3 },
  message_payload: { tag: 0x0424, type: 'octets', max: 65_535 },
  delivery_failure_reason: { tag: 0x0425, type: 'u8' },
  more_messages_to_send: { tag: 0x0426, type: 'u8' },
  message_state: { tag: 0x0427, type: 'u8' },
  congestion_state: { tag: 0x0428, type: 'u8' },
  ussd_service_op: { tag: 0x0501, type: 'u8' },
  broadcast_channel_indicator: { tag: 0x0600, type: 'u8' },
  broadcast_content_type: { tag: 0x0601, type: 'octets', min: 3, max: 3 },
  broadcast_content_type_info: { tag: 0x0602, type: 'octets', max: 255 },
  broadcast_message_class: { tag: 0x0603, type: 'u8' },
  broadcast_rep_num: { tag: 0x0604, type: 'u16' },
  broadcast_frequency_interval: { tag: 0x0605, type: 'octets', min: 3, max: 3 },
  broadcast_area_identifier: { tag: 0x0606, type: 'octets', max: 100, multiple: true },
  broadcast_error_status: { tag: 0x0607, type: 'u32', multiple: true },
  broadcast_area_success: { tag: 0x0608, type: 'u8' },
  broadcast_end_time: { tag: 0x0609, type: 'octets', max: 17 },
  broadcast_service_group: { tag: 0x060a, type: 'octets', max: 255 },
  billing_identification: { tag: 0x060b, type: 'octets', max: 1024 },
  source_network_id: { tag: 0x060d, type: 'cstring', max: 65 },
  dest_network_id: { tag: 0x060e, type: 'cstring', max: 65 },
  source_node_id: { tag: 0x060f, type: 'octets', min: 6, max: 6 },
  dest_node_id: { tag: 0x0610, type: 'octets', min: 6, max: 6 },
  dest_addr_np_resolution: { tag: 0x0611, type: 'u8' },
  dest_addr_np_information: { tag: 0x0612, type: 'octets', max: 10 },
  dest_addr_np_country: { tag: 0x0613, type: 'octets', min: 1, max: 5 },
  display_time: { tag: 0x1201, type: 'u8' },
  sms_signal: { tag: 0x1203, type: 'u16' },
  // One octet in 3.4, four in 5.0.
  ms_validity: { tag: 0x1204, type: 'octets', min: 1, max: 4 },
  // Empty in 3.4, one octet in 5.0.
  alert_on_message_delivery: { tag: 0x130c, type: 'octets', max: 1 },
  its_reply_type: { tag: 0x1380, type: 'u8' },
  its_session_info: { tag: 0x1383, type: 'octets', min: 2, max: 2 },
} as const satisfies Record<string, TlvSpec>

export type TlvName = keyof typeof tlvTable
type Value<T extends TlvSpec['type']> = T extends 'cstring' ? string : T extends 'octets' ? Buffer : number

/** The known TLVs of a PDU by their SMPP names. */
export type Tlvs = {
  [N in TlvName]?: (typeof tlvTable)[N] extends { multiple: true }
    ? readonly Value<(typeof tlvTable)[N]['type']>[]
    : Value<(typeof tlvTable)[N]['type']>
}

/** A TLV that has no place in `Tlvs`: a vendor's, a repeated one, or one whose length does not fit its type. */
export interface RawTlv {
  tag: number
  value: Buffer
}

const byTag = new Map<number, readonly [TlvName, TlvSpec]>(
  Object.entries(tlvTable).map(([name, spec]) => [spec.tag, [name as TlvName, spec]] as const),
)

/** Name and description of the TLV with this tag. */
export function tlvByTag(tag: number): readonly [TlvName, TlvSpec] | undefined {
  return byTag.get(tag)
}

/** Description of the TLV with this name; `undefined` for a name that SMPP does not know. */
export function tlvByName(name: string): TlvSpec | undefined {
  return Object.hasOwn(tlvTable, name) ? tlvTable[name as TlvName] : undefined
}
