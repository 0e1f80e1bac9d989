import { Ajv } from 'ajv'
import type { FastifySchema, FastifySchemaCompiler } from 'fastify'

type Compiler = FastifySchemaCompiler<FastifySchema>

/** Formats are for readers of the document: what has to be read exactly is read by its own parser, which says what is wrong. */
const options = { allErrors: true, useDefaults: true, strict: false, validateFormats: false, verbose: true }
const strict = new Ajv(options)
/** Everything in a query or a path is text. */
const coercing = new Ajv({ ...options, coerceTypes: true })

/** Bodies as they are written: `"5"` is no number. */
export const validatorCompiler = (({ schema, httpPart }: { schema: object; httpPart?: string }) =>
  (httpPart === 'body' ? strict : coercing).compile(schema)) as unknown as Compiler

/** For bodies that a parser of their own reads, with better words than a schema has. */
export const bodyUnchecked = (({ schema, httpPart }: { schema: object; httpPart?: string }) =>
  httpPart === 'body' ? () => true : coercing.compile(schema)) as unknown as Compiler
