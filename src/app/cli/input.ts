import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { Problem } from '../../lib/problem.ts'

/** The bytes of a file, or of stdin for `-`. @throws Problem `file-unreadable` */
export async function openInput(file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  try {
    const handle = await open(file)
    const isFile = (await handle.stat()).isDirectory() === false
    await handle.close()
    if (!isFile) throw new Error('it is a folder')
  } catch (error) {
    throw new Problem('file-unreadable', `The file cannot be read: ${(error as Error).message}`, { where: file })
  }
  return createReadStream(file)
}

/** All of it; for what has to be looked at as a whole. */
export async function readInput(file: string): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = []
  for await (const part of await openInput(file)) parts.push(Buffer.from(part as Uint8Array))
  return Buffer.concat(parts)
}

/** A stream for the body of a request, and the first byte of it that is no white space, to tell JSON from CSV and XML. */
export async function sniffed(input: Readable): Promise<{ first: string; stream: ReadableStream }> {
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  const held: Uint8Array[] = []
  let first = ''
  while (first === '') {
    const { value, done } = await chunks.next()
    if (done) break
    held.push(value)
    first = firstCharacter(value)
  }
  const all = async function* () {
    yield* held
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  }
  return { first, stream: Readable.toWeb(Readable.from(all())) as ReadableStream }
}

/** Behind a byte order mark and white space; empty where there is none yet. */
export function firstCharacter(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/^[\u00ef\u00bb\u00bf\u00fe\u00ff\0\s]+/, '')
    .charAt(0)
}
