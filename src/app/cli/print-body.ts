import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'

/** Prints an answer of any length as it comes, as fast as it is taken at the other end. */
export async function printBody({ body }: Response): Promise<void> {
  if (body !== null) await pipeline(Readable.fromWeb(body as ReadableStream), process.stdout, { end: false })
}
