/** SQLSTATE classes 22 (data exception) and 23 (constraint violation): trying the same rows again would not help. */
export function isAboutData(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' && /^2[23]/.test(code)
}
