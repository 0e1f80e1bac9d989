import { type RawTlv, type Tlvs, tlvByTag } from './tlvs.ts'

/** Tag and length. */
const tlvHeader = 4

/**
 * Whether everything from `start` is TLVs, as in error responses that leave the mandatory fields out. A tag below 0x2000
 * begins with a control character, which no message_id and no system_id does, so nothing sane is taken for TLVs.
 */
export function isTlvStream(frame: Buffer, start: number): boolean {
  let at = start
  const first = frame[at]
  if (first === undefined || first >= 0x20) return false
  while (at + tlvHeader <= frame.length) {
    const tag = frame.readUInt16BE(at)
    if (tlvByTag(tag) === undefined && tag < 0x1400) return false
    at += tlvHeader + frame.readUInt16BE(at + 2)
  }
  return at === frame.length
}

/** Reads TLVs from `start` to the frame's end; a last one that is cut short gives the octets that are there. */
export function readTlvs(frame: Buffer, start: number): { tlvs: Tlvs; rawTlvs: RawTlv[] } {
  const tlvs: Record<string, unknown> = {}
  const rawTlvs: RawTlv[] = []
  let at = start
  while (at + tlvHeader <= frame.length) {
    const tag = frame.readUInt16BE(at)
    const end = Math.min(at + tlvHeader + frame.readUInt16BE(at + 2), frame.length)
    const value = frame.subarray(at + tlvHeader, end)
    at = end
    if (!place(tlvs, tag, value)) rawTlvs.push({ tag, value })
  }
  return { tlvs, rawTlvs }
}

function place(tlvs: Record<string, unknown>, tag: number, value: Buffer): boolean {
  const known = tlvByTag(tag)
  if (known === undefined) return false
  const [name, spec] = known
  const read = readTlv(spec.type, value)
  if (read === undefined) return false
  if (spec.multiple) {
    tlvs[name] = [...((tlvs[name] as unknown[] | undefined) ?? []), read]
    return true
  }
  if (name in tlvs) return false
  tlvs[name] = read
  return true
}

/** Integers are read by the length they came with: SMSCs send one octet for two and the reverse. */
function readTlv(type: string, value: Buffer): number | string | Buffer | undefined {
  if (type === 'octets') return value
  if (type === 'cstring') return cstringValue(value)
  return value.length >= 1 && value.length <= 4 ? value.readUIntBE(0, value.length) : undefined
}

/** A TLV's C-octet string: up to its first NUL, or all of it where the NUL is missing. */
function cstringValue(value: Buffer): string {
  const nul = value.indexOf(0)
  return value.toString('latin1', 0, nul === -1 ? value.length : nul)
}
