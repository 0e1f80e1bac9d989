import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const ndjsonType = 'application/x-ndjson'

/** Whether a request asks for rows as NDJSON rather than for what is answered by default. */
export const wantsNdjson = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.split(',').some((one) => one.split(';')[0]?.trim().toLowerCase() === ndjsonType) ?? false

/** Sends rows of any number, an object a line: the next page is asked for when the reader has taken the one before. */
export function sendNdjson(reply: FastifyReply, pages: AsyncIterable<readonly unknown[]>): FastifyReply {
  return reply.type(`${ndjsonType}; charset=utf-8`).send(Readable.from(lines(pages)))
}

async function* lines(pages: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((row) => `${JSON.stringify(row)}\n`).join('')
}
