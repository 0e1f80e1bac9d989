/**
 * SQLSTATE classes 22 (data exception), 23 (constraint violation) and 54 (program limit exceeded, such as a value too long for an
 * index): trying the same rows again would not help.
 */
export function isAboutData(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^(2[23]|54)/.test(code)
}
