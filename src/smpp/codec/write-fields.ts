import { Problem } from '../../lib/problem.ts'
import type { Destination, Field, UnsuccessfulDestination } from './fields.ts'

/** The refusal of a value that does not fit its field; it names the field and never the value. */
export function misfit(name: string, expected: string): Problem {
  return new Problem('smpp-field', `${name} must be ${expected}`, { where: name })
}

/** An unsigned integer of `octets` octets. */
export function writeUint(name: string, value: unknown, octets: 1 | 2 | 4): Buffer {
  const max = 2 ** (8 * octets) - 1
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw misfit(name, `an integer of 0 to ${max}`)
  }
  const buffer = Buffer.allocUnsafe(octets)
  buffer.writeUIntBE(value, 0, octets)
  return buffer
}

/** A NUL-terminated string of at most `max` octets, the NUL included. */
export function writeCstring(name: string, value: unknown, max: number): Buffer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL ends the string and must not be in it.
  if (typeof value !== 'string' || value.length >= max || !/^[\x01-\x7f]*$/.test(value)) {
    throw misfit(name, `at most ${max - 1} ASCII characters`)
  }
  return Buffer.from(`${value}\0`, 'latin1')
}

/** Encodes the mandatory fields in wire order; those not given are 0 or empty. */
export function writeFields(specs: readonly Field[], values: Record<string, unknown>): Buffer[] {
  for (const name of Object.keys(values)) {
    if (!specs.some((spec) => spec.name === name)) throw misfit(name, 'left out: the command has no such field')
  }
  return specs.flatMap((spec) => write(spec, values[spec.name]))
}

function write(spec: Field, value: unknown): Buffer | Buffer[] {
  switch (spec.type) {
    case 'u8':
      return writeUint(spec.name, value ?? 0, 1)
    case 'cstring':
      return writeCstring(spec.name, value ?? '', spec.max)
    case 'octets': {
      const octets = value ?? Buffer.alloc(0)
      if (!Buffer.isBuffer(octets) || octets.length > spec.max) throw misfit(spec.name, `at most ${spec.max} octets`)
      return [Buffer.of(octets.length), octets]
    }
    case 'destinations':
      return destinations(spec.name, (value ?? []) as readonly Destination[])
    case 'unsuccessful':
      return unsuccessful(spec.name, (value ?? []) as readonly UnsuccessfulDestination[])
  }
}

function destinations(name: string, list: readonly Destination[]): Buffer[] {
  return [
    writeUint(name, list.length, 1),
    ...list.flatMap((item) =>
      'dl_name' in item
        ? [Buffer.of(2), writeCstring('dl_name', item.dl_name, 21)]
        : [
            Buffer.of(1),
            writeUint('dest_addr_ton', item.dest_addr_ton, 1),
            writeUint('dest_addr_npi', item.dest_addr_npi, 1),
            writeCstring('destination_addr', item.destination_addr, 21),
          ],
    ),
  ]
}

function unsuccessful(name: string, list: readonly UnsuccessfulDestination[]): Buffer[] {
  return [
    writeUint(name, list.length, 1),
    ...list.flatMap((item) => [
      writeUint('dest_addr_ton', item.dest_addr_ton, 1),
      writeUint('dest_addr_npi', item.dest_addr_npi, 1),
      writeCstring('destination_addr', item.destination_addr, 21),
      writeUint('error_status_code', item.error_status_code, 4),
    ]),
  ]
}
