import Type from 'typebox'

/** Why somebody did it. */
export const reasonText = Type.String({
  minLength: 1,
  maxLength: 1000,
  pattern: '\\S',
  'x-form': 'words, not white space alone',
  description: 'Why; it stays in the audit log',
})
