import type { Prng } from '../../src/lib/prng.ts'
import type { CommandName } from '../../src/smpp/codec/commands.ts'
import { type Field, type Fields, mandatoryFields } from '../../src/smpp/codec/fields.ts'
import { type Tlvs, tlvTable } from '../../src/smpp/codec/tlvs.ts'

const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i))

export function randomText(random: Prng, longest: number): string {
  return Array.from({ length: random.int(longest + 1) }, () => random.pick(printable)).join('')
}

export function randomOctets(random: Prng, min: number, max: number): Buffer {
  return Buffer.from(Array.from({ length: min + random.int(max - min + 1) }, () => random.int(256)))
}

/** A valid PDU of a command with every mandatory field and some TLVs filled at random. */
export function randomPdu<C extends CommandName>(
  random: Prng,
  command: C,
): { command: C; sequence: number; fields: Fields<C>; tlvs: Tlvs } {
  const fields: Record<string, unknown> = {}
  for (const spec of mandatoryFields[command] as readonly Field[]) fields[spec.name] = randomField(random, spec)
  const tlvs: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(tlvTable) as [string, TlvSpec][]) {
    if (name in fields || random.next() > 0.1) continue
    tlvs[name] = spec.multiple ? [randomTlv(random, spec), randomTlv(random, spec)] : randomTlv(random, spec)
  }
  return { command, sequence: 1 + random.int(0x7fffffff), fields: fields as Fields<C>, tlvs }
}

export interface TlvSpec {
  type: string
  min?: number
  max?: number
  multiple?: boolean
}

function randomField(random: Prng, spec: Field): unknown {
  switch (spec.type) {
    case 'u8':
      return random.int(256)
    case 'cstring':
      // Times have one length only.
      if (spec.max === 17) return random.next() < 0.5 ? '' : '261121030405136+'
      return randomText(random, spec.max - 1)
    case 'octets':
      return randomOctets(random, 0, spec.max)
    case 'destinations':
      return Array.from({ length: 1 + random.int(4) }, () =>
        random.next() < 0.3 ? { dl_name: randomText(random, 20) } : randomAddress(random),
      )
    case 'unsuccessful':
      return Array.from({ length: random.int(4) }, () => ({
        ...randomAddress(random),
        error_status_code: random.int(2 ** 32),
      }))
  }
}

function randomAddress(random: Prng) {
  return { dest_addr_ton: random.int(256), dest_addr_npi: random.int(256), destination_addr: randomText(random, 20) }
}

/** A valid value of a TLV; for one that may stand several times, of one occurrence. */
export function randomTlv(random: Prng, spec: TlvSpec): unknown {
  switch (spec.type) {
    case 'u8':
      return random.int(2 ** 8)
    case 'u16':
      return random.int(2 ** 16)
    case 'u32':
      return random.int(2 ** 32)
    case 'cstring':
      return randomText(random, (spec.max ?? 65) - 1)
    default:
      return randomOctets(random, spec.min ?? 0, Math.min(spec.max ?? 300, 300))
  }
}
