import { type Prng, prng } from '../lib/prng.ts'

/** 32 bits of a text and a seed: FNV-1a, mixed so that numbers that follow each other share nothing. */
export function hashOf(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A source of its own for each purpose, so that one fault more or less does not shift what all others draw. */
export function sourceFor(seed: number, purpose: string): Prng {
  return prng(hashOf(purpose, seed))
}
