import type { Writable } from 'node:stream'

/**
 * Ends the program without a word when whoever reads its output has read enough (`bongsu entry show TW | head -4`); Node would end it with a stack
 * trace. As a program that SIGPIPE ends: with exit code 141. An engine writes its log elsewhere.
 */
export function endWithReader(stream: Writable): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(141)
  })
}
