import { type RawTlv, type Tlvs, tlvByName } from './tlvs.ts'
import { misfit, writeCstring, writeUint } from './write-fields.ts'

/** Encodes the known TLVs in the order given, then the raw ones. @throws Problem `smpp-field` */
export function writeTlvs(tlvs: Tlvs, rawTlvs: readonly RawTlv[]): Buffer[] {
  const parts: Buffer[] = []
  for (const [name, given] of Object.entries(tlvs)) {
    const spec = tlvByName(name)
    if (spec === undefined) throw misfit(name, 'a TLV of SMPP 3.4 or 5.0; give others by their tag')
    for (const value of spec.multiple ? (given as readonly unknown[]) : [given]) {
      parts.push(...tlv(spec.tag, encodeValue(name, spec, value)))
    }
  }
  for (const { tag, value } of rawTlvs) {
    if (value.length > 0xffff) throw misfit(`TLV 0x${tag.toString(16)}`, 'at most 65535 octets')
    parts.push(...tlv(tag, value))
  }
  return parts
}

function tlv(tag: number, value: Buffer): [Buffer, Buffer] {
  const header = Buffer.allocUnsafe(4)
  header.writeUInt16BE(tag, 0)
  header.writeUInt16BE(value.length, 2)
  return [header, value]
}

function encodeValue(name: string, spec: NonNullable<ReturnType<typeof tlvByName>>, value: unknown): Buffer {
  switch (spec.type) {
    case 'u8':
      return writeUint(name, value, 1)
    case 'u16':
      return writeUint(name, value, 2)
    case 'u32':
      return writeUint(name, value, 4)
    case 'cstring':
      return writeCstring(name, value, spec.max ?? 65_536)
    case 'octets': {
      const min = spec.min ?? 0
      const max = spec.max ?? 65_535
      if (!Buffer.isBuffer(value) || value.length < min || value.length > max) {
        throw misfit(name, min === max ? `${max} octets` : `${min} to ${max} octets`)
      }
      return value
    }
  }
}
