import type { Coding } from './codings.ts'

/** What a reader sees as one character: the octets of each of its code points. */
export type Cluster = readonly (readonly number[])[]

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

/**
 * The grapheme clusters of a text in a coding, and the code points that the coding lacks with their places (from 1, in
 * code points).
 */
export function clustersOf(
  text: string,
  coding: Coding,
): { clusters: Cluster[]; missing: { char: string; position: number }[] } {
  const clusters: Cluster[] = []
  const missing: { char: string; position: number }[] = []
  let position = 0
  for (const { segment } of segmenter.segment(text)) {
    const cluster: (readonly number[])[] = []
    for (const char of segment) {
      position++
      const octets = coding.encode(char)
      if (octets === undefined) missing.push({ char, position })
      else cluster.push(octets)
    }
    clusters.push(cluster)
  }
  return { clusters, missing }
}
