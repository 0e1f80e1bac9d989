import { Problem } from '../lib/problem.ts'

/** What an author can confirm, by the warnings of reading that ask for it. */
const questions: Readonly<Record<string, 'area' | 'signature'>> = {
  'circle-is-a-point': 'area',
  'cap-signature-unknown': 'signature',
  'cap-signature-unchecked': 'signature',
}

/**
 * Asks about what reading warned of. Signatures are asked about only where somebody has said whose are known: else every signed alert
 * would be a question, and nobody reads what is always asked.
 * @throws Problem `alert-refused` (422) with one detail per question that was not confirmed
 */
export function askAbout(warnings: readonly Problem[], confirmed: readonly string[], signersKnown: boolean): void {
  const open = warnings.flatMap((warning) => {
    const what = questions[warning.code]
    if (what === undefined || confirmed.includes(what) || (what === 'signature' && !signersKnown)) return []
    const hint = `${warning.hint ?? ''} If you are sure, send it again with confirm=${what}.`.trim()
    return [
      new Problem(warning.code, warning.message, {
        hint,
        ...(warning.where === undefined ? {} : { where: warning.where }),
      }),
    ]
  })
  if (open.length > 0)
    throw new Problem('alert-refused', 'The alert has to be confirmed', { status: 422, details: open })
}
