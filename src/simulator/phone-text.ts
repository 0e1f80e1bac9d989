import { Problem } from '../lib/problem.ts'
import { type Coding, codings } from '../smpp/text/codings.ts'
import { encodeText, type TextProfile } from '../smpp/text/encode.ts'
import { isNumber } from './submit-view.ts'

/** A text that a phone sends to the ESME. */
export interface PhoneTextOptions {
  /** The phone's number. */
  source: string
  /** The ESME's address. */
  destination: string
  text: string
  /** 0 GSM 7-bit, 1 ASCII, 3 Latin-1, 8 UCS-2, 14 EUC-KR; without it GSM 7-bit where that will do, else UCS-2. */
  dataCoding?: number
  /** 0 by default; the UDH indicator of a long text is added to it. */
  esmClass?: number
}

/** One segment on its way to the ESME. */
export interface PhoneText {
  readonly source: string
  readonly destination: string
  readonly dataCoding: number
  readonly esmClass: number
  readonly octets: Buffer
  /** Told the command_status of its deliver_sm_resp. */
  answered(status: number): void
}

const profile: TextProfile = {
  alphabet: 'gsm7',
  unicode: 'ucs2',
  long: 'udh',
  segmentOctets: 140,
  reserveOctets: 0,
  maxSegments: 255,
}

const byDataCoding = new Map<number, Coding>([
  [0, codings.gsm7],
  [1, codings.ascii],
  [3, codings.latin1],
  [8, codings.ucs2],
  [14, codings.cp949],
])

let reference = 0

/** The segments of a text. @throws Problem for a text that cannot be written or does not fit, or a source that is no number */
export function segmentsOf(options: PhoneTextOptions): Omit<PhoneText, 'answered'>[] {
  const { source, destination, text, dataCoding, esmClass = 0 } = options
  if (!isNumber(source)) {
    throw new Problem('bad-number', `"${source}" is not the number of a phone`, { hint: 'Give 1 to 20 digits.' })
  }
  const common = { source, destination }
  if (dataCoding !== undefined) return [{ ...common, dataCoding, esmClass, octets: inOne(text, dataCoding) }]
  reference = (reference + 1) & 0xffff
  const encoded = encodeText(text, profile, reference)
  return encoded.segments.map(({ shortMessage }) => ({
    ...common,
    dataCoding: encoded.dataCoding,
    esmClass: esmClass | encoded.esmClass,
    octets: shortMessage,
  }))
}

/** A text in a coding of the sender's choice, in one segment. */
function inOne(text: string, dataCoding: number): Buffer {
  const coding = byDataCoding.get(dataCoding)
  if (coding === undefined) {
    throw new Problem('bad-choice', `data_coding ${dataCoding} is none that texts can be written in`, {
      hint: `Give one of ${[...byDataCoding.keys()].join(', ')}.`,
    })
  }
  const octets = [...text].flatMap((char) => {
    const written = coding.encode(char)
    if (written === undefined) {
      throw new Problem('text-not-encodable', `"${char}" cannot be written in ${coding.title}`, {
        hint: 'Leave data_coding out: then one is chosen that fits.',
      })
    }
    return written
  })
  const most = Math.floor((140 * 8) / coding.bitsPerOctet)
  if (octets.length > most) {
    throw new Problem('text-too-long', `The text takes ${octets.length} octets, and one segment holds ${most}`, {
      hint: 'Leave data_coding out: then it goes in several segments.',
    })
  }
  return Buffer.from(octets)
}
