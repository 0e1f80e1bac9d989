/**
 * An error that a person can act on: what is wrong, where, and what to do. The API turns it into RFC 9457 problem+json,
 * the CLI prints it; nothing in it may hold a secret or a full MSISDN.
 */
export class Problem extends Error {
  /** Stable, kebab-case: the last path segment of the problem type, for example `alert-without-area`. */
  readonly code: string
  /** HTTP status that the API answers with. */
  readonly status: number
  /** Where in the input: a JSON pointer, an XML path, `line 7`, a file name. */
  readonly where: string | undefined
  /** What to do about it. */
  readonly hint: string | undefined
  /** In how many seconds it is worth another try. */
  readonly retryAfterS: number | undefined
  /** Several findings of one input, each complete in itself. */
  readonly details: readonly Problem[]

  constructor(
    code: string,
    message: string,
    options: {
      status?: number
      where?: string
      hint?: string
      retryAfterS?: number
      cause?: unknown
      details?: readonly Problem[]
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.status = options.status ?? 400
    this.where = options.where
    this.hint = options.hint
    this.retryAfterS = options.retryAfterS
    this.details = options.details ?? []
  }

  /** One line for a terminal or a log. */
  get line(): string {
    const where = this.where === undefined ? '' : ` (at ${this.where})`
    const hint = this.hint === undefined ? '' : ` ${this.hint}`
    const own = `${this.message}${where}.${hint}`.replace(/\.\.(?=\s|$)/, '.')
    return [own, ...this.details.map((d) => `  - ${d.line}`)].join('\n')
  }
}
