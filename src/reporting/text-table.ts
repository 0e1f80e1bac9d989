const width = 99

/** Columns of a terminal that a character takes: Hangul, kana and ideographs take two (Unicode UAX 11, W and F). */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) {
    const code = character.codePointAt(0) as number
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0x1f300 && code <= 0x1faff)
    columns += wide ? 2 : 1
  }
  return columns
}

/** Aligned columns, two blanks between; `right` lists those aligned to the right. What is too wide for the terminal is cut in its last column. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = [], indent = 2): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, columnsOf(cell))
  }
  return rows.map((row) => {
    const cells = row.map((cell, i) => {
      const fill = ' '.repeat((widths[i] as number) - columnsOf(cell))
      return right.includes(i) ? fill + cell : cell + fill
    })
    return cut(`${' '.repeat(indent)}${cells.join('  ')}`.trimEnd())
  })
}

/** A text as lines of a terminal's width; the first begins at 0 (or two blanks where `indent` is given), the others at `indent`. */
export function wrap(text: string, indent = 0): string[] {
  const lines: string[] = []
  let line = indent > 0 ? '  ' : ''
  for (const paragraph of text.split('\n')) {
    for (const word of paragraph.split(/(?<= )(?=\S)/)) {
      for (const part of pieces(word, width - indent)) {
        if (columnsOf(line + part.trimEnd()) > width) {
          lines.push(line.trimEnd())
          line = ' '.repeat(indent)
        }
        line += part
      }
    }
    lines.push(line.trimEnd())
    line = ' '.repeat(indent)
  }
  return lines
}

/** A word, in parts where one line cannot hold it: Japanese has no blanks. */
function pieces(word: string, columns: number): string[] {
  const parts: string[] = []
  let part = ''
  for (const character of word) {
    if (columnsOf(part + character) > columns) {
      parts.push(part)
      part = ''
    }
    part += character
  }
  return [...parts, part]
}

function cut(line: string): string {
  if (columnsOf(line) <= width) return line
  let kept = ''
  for (const character of line) {
    if (columnsOf(kept + character) > width - 1) break
    kept += character
  }
  return `${kept}…`
}
