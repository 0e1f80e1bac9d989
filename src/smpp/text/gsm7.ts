/**
 * GSM 03.38 (3GPP TS 23.038 §6.2.1), the default alphabet: the index is the septet. ESC stands at 0x1B and is no
 * character; what follows it is looked up in the extension table.
 */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ' +
  ' !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmnopqrstuvwxyzäöñüà'

/** The extension table (§6.2.1.1): ESC and this septet are two of the room. */
const extension: readonly (readonly [number, string])[] = [
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
]

const esc = 0x1b

const septets = new Map<string, readonly number[]>([
  ...[...basic].map((char, septet) => [char, [septet]] as const).filter(([, [septet]]) => septet !== esc),
  ...extension.map(([septet, char]) => [char, [esc, septet]] as const),
])
const extended = new Map(extension)

/** The septets of one character, an octet each: one, or two with ESC; `undefined` if the alphabet lacks it. */
export function gsm7Septets(char: string): readonly number[] | undefined {
  return septets.get(char)
}

/** Reads unpacked septets. An unknown extension shows the basic character, as TS 23.038 asks; 0x80 and up show U+FFFD. */
export function decodeGsm7(octets: Buffer): string {
  let text = ''
  for (let i = 0; i < octets.length; i++) {
    let octet = octets[i] as number
    if (octet === esc && i + 1 < octets.length) {
      octet = octets[++i] as number
      const char = extended.get(octet)
      if (char !== undefined) {
        text += char
        continue
      }
    }
    text += octet === esc ? ' ' : (basic[octet] ?? '\ufffd')
  }
  return text
}
