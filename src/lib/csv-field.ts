/** What a spreadsheet would take for a formula, or for the blank before one. */
const formula = /^[=+\-@\t\r]/

/** A field of CSV (RFC 4180) that is shown as it is, and never worked out, whatever program opens the file. */
export function csvField(text: string): string {
  const shown = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
}
