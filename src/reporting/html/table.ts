import { html, type Markup, type Piece } from './markup.ts'

export interface Column {
  readonly title: string
  /** Figures stand to the right. */
  readonly figure?: boolean
}

/** A table with a caption, which moves sideways where the window is too narrow for its figures; the first cell of each row is its heading. Nothing where there are no rows. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Piece[])[]): Markup | null {
  if (rows.length === 0) return null
  const kind = ({ figure }: Column | { figure?: never }) => (figure ? 'figure' : 'words')
  return html`<div class="scroll"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${kind(column)}">${column.title}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (row) => html`<tr>${row.map((cell, i) =>
    i === 0
      ? html`<th scope="row" class="${kind(columns[i] ?? {})}">${cell}</th>`
      : html`<td class="${kind(columns[i] ?? {})}">${cell}</td>`,
  )}</tr>
`,
)}</tbody>
</table></div>`
}
