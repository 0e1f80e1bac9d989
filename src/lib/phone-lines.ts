/** Half-width columns of a message on a small phone in its usual type: 16 Hangul. */
const columns = 32

const wide = /\p{sc=Hang}|\p{sc=Han}|\p{sc=Hira}|\p{sc=Kana}|[\u3000-\u303f\uff01-\uff60]|\p{Extended_Pictographic}/u
const widthOf = (text: string) => [...text].reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0)

/** A text as a phone shows it, line by line: broken at spaces, a word that is longer than a line within it. */
export function phoneLines(text: string): string[] {
  return text.split('\n').flatMap(wrap)
}

function wrap(paragraph: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of paragraph.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= columns) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = ''
    for (const character of word) {
      if (widthOf(line + character) > columns) {
        lines.push(line)
        line = ''
      }
      line += character
    }
  }
  return [...lines, line]
}
