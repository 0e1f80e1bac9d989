/** What is HTML already. Only `html` makes it, so whatever else gets into a page is text. */
export class Markup {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

export type Piece = Markup | string | number | null | undefined | false | readonly Piece[]

/**
 * HTML that is well-formed XML too. What is put into it is escaped, for text and for attributes in double quotes; nothing is written
 * for null, undefined and false.
 */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let source = parts[0] as string
  for (const [i, piece] of pieces.entries()) source += sourceOf(piece) + parts[i + 1]
  return new Markup(source)
}

function sourceOf(piece: Piece): string {
  if (piece instanceof Markup) return piece.source
  if (Array.isArray(piece)) return piece.map(sourceOf).join('')
  return piece === null || piece === undefined || piece === false ? '' : escaped(String(piece))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What no XML document may hold (XML 1.0 §2.2), a half of a surrogate pair among it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are meant
const notAllowed = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu

const escaped = (text: string) =>
  text.replace(notAllowed, '\ufffd').replace(/[&<>"']/g, (character) => entities[character] as string)
