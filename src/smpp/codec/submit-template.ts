import type { Fields } from './fields.ts'
import { encodePdu, headerLength, type PduInput } from './pdu.ts'
import { misfit } from './write-fields.ts'

/** What every recipient of one segment has in common: a submit_sm without its destination_addr. */
export interface SubmitFields {
  fields: Partial<Omit<Fields<'submit_sm'>, 'destination_addr'>>
  tlvs?: PduInput<'submit_sm'>['tlvs']
  rawTlvs?: PduInput<'submit_sm'>['rawTlvs']
}

/** A submit_sm encoded once; per recipient only destination_addr, sequence_number and command_length change. */
export interface SubmitTemplate {
  /** Octets that the longest PDU of this template takes. */
  readonly maxLength: number
  /**
   * Writes the PDU for one recipient at `offset`, where `maxLength` octets must be free.
   * @param destination 1 to 20 digits, without `+`.
   * @returns the octets written. @throws Problem `smpp-field` for a destination that is no number.
   */
  write(buffer: Buffer, offset: number, sequence: number, destination: string): number
}

const maxDestination = 20

/** Encodes what is common to all recipients. @throws Problem `smpp-field` for what does not fit. */
export function submitTemplate({ fields, tlvs, rawTlvs }: SubmitFields): SubmitTemplate {
  const whole = encodePdu({
    command: 'submit_sm',
    sequence: 0,
    fields: { ...fields, destination_addr: '' },
    ...(tlvs && { tlvs }),
    ...(rawTlvs && { rawTlvs }),
  })
  // service_type NUL, source ton and npi, source_addr NUL, dest ton and npi: all before destination_addr.
  const cut = headerLength + (fields.service_type ?? '').length + 1 + 2 + (fields.source_addr ?? '').length + 1 + 2
  const head = whole.subarray(0, cut)
  const tail = whole.subarray(cut)
  return {
    maxLength: whole.length + maxDestination,
    write(buffer, offset, sequence, destination) {
      const digits = destination.length
      if (digits === 0 || digits > maxDestination) throw misfit('destination_addr', '1 to 20 digits')
      buffer.set(head, offset)
      let at = offset + cut
      for (let i = 0; i < digits; i++) {
        const digit = destination.charCodeAt(i)
        if (digit < 0x30 || digit > 0x39) throw misfit('destination_addr', '1 to 20 digits')
        buffer[at++] = digit
      }
      buffer.set(tail, at)
      const length = whole.length + digits
      buffer.writeUInt32BE(length, offset)
      buffer.writeUInt32BE(sequence, offset + 12)
      return length
    },
  }
}
