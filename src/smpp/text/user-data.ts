/** Which part of which long text. */
export interface Concatenation {
  /** 8 or 16 bits; the same for all parts. */
  readonly reference: number
  /** From 1 to `parts`. */
  readonly part: number
  readonly parts: number
}

export interface UserData {
  /** Octets of the user data header, its length octet included; the text follows. */
  readonly headerOctets: number
  readonly concatenation: Concatenation | undefined
}

const udhi = 0x40

/**
 * Reads the user data header of a text from a phone (3GPP TS 23.040 §9.2.3.24), if esm_class says that there is one. `undefined`
 * where the header does not fit the octets: where the text begins cannot be known then.
 */
export function readUserData(esmClass: number, octets: Buffer): UserData | undefined {
  if ((esmClass & udhi) === 0) return { headerOctets: 0, concatenation: undefined }
  const headerOctets = 1 + (octets[0] ?? 0)
  if (headerOctets > octets.length) return undefined
  let concatenation: Concatenation | undefined
  for (let at = 1; at + 2 <= headerOctets; ) {
    const length = octets[at + 1] as number
    const end = at + 2 + length
    if (end > headerOctets) return undefined
    concatenation ??= concatenationOf(octets[at] as number, octets.subarray(at + 2, end))
    at = end
  }
  return { headerOctets, concatenation }
}

/** Information elements 0x00 (8-bit reference) and 0x08 (16-bit); one that makes no sense is ignored, as §9.2.3.24.1 asks. */
function concatenationOf(element: number, value: Buffer): Concatenation | undefined {
  const wide = element === 0x08
  if (!(wide || element === 0x00) || value.length !== (wide ? 4 : 3)) return undefined
  const reference = wide ? value.readUInt16BE(0) : value.readUInt8(0)
  const parts = value.readUInt8(value.length - 2)
  const part = value.readUInt8(value.length - 1)
  return part >= 1 && part <= parts ? { reference, part, parts } : undefined
}
