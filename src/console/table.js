/** @typedef {{ readonly text: string, readonly level?: string, readonly mark?: string | undefined }} Cell */
/** @typedef {{ readonly head: string, readonly cell: (row: any) => string | Cell }} Column */

/**
 * Makes a table show these rows; the first column names the row, and a mark before the name is of the whole row. What has not changed
 * stays, so that text which somebody has selected remains selected. All text goes in as text: names come from carriers. The roles say
 * again what a table is, because CSS makes cards of it on a small screen, and browsers then forget it.
 *
 * @param {HTMLTableElement} table
 * @param {readonly Column[]} columns
 * @param {readonly any[]} rows
 */
export function fillTable(table, columns, rows) {
  if (table.tHead === null) addHead(table, columns)
  const body = table.tBodies[0] ?? withRole(table.createTBody(), 'rowgroup')
  while (body.rows.length > rows.length) body.deleteRow(-1)
  while (body.rows.length < rows.length) body.append(emptyRow(columns))
  rows.forEach((row, i) => {
    columns.forEach(({ cell }, j) => {
      const said = cell(row)
      const { text, level, mark } = typeof said === 'string' ? { text: said, level: undefined, mark: undefined } : said
      const tr = /** @type {HTMLTableRowElement} */ (body.rows[i])
      const shown = /** @type {HTMLElement} */ (tr.cells[j])
      if (j === 0) tr.className = mark === undefined ? '' : 'exercise'
      const whole = mark === undefined ? text : `${mark} ${text}`
      if (shown.textContent !== whole) shown.replaceChildren(...(mark === undefined ? [] : [newMark(mark), ' ']), text)
      shown.className = level ?? ''
    })
  })
}

/** @param {string} text */
export function newMark(text) {
  const mark = document.createElement('strong')
  mark.className = 'mark'
  mark.textContent = text
  return mark
}

/** @param {HTMLTableElement} table @param {readonly Column[]} columns */
function addHead(table, columns) {
  withRole(table, 'table')
  const row = withRole(withRole(table.createTHead(), 'rowgroup').insertRow(), 'row')
  for (const { head } of columns) {
    const cell = withRole(document.createElement('th'), 'columnheader')
    cell.scope = 'col'
    cell.textContent = head
    row.append(cell)
  }
}

/** @param {readonly Column[]} columns */
function emptyRow(columns) {
  const row = withRole(document.createElement('tr'), 'row')
  columns.forEach(({ head }, i) => {
    const cell = withRole(document.createElement(i === 0 ? 'th' : 'td'), i === 0 ? 'rowheader' : 'cell')
    cell.dataset.column = head
    row.append(cell)
  })
  return row
}

/** @template {HTMLElement} T @param {T} element @param {string} role @returns {T} */
function withRole(element, role) {
  element.setAttribute('role', role)
  return element
}
