import type { Cluster } from './clusters.ts'

/**
 * Fills segments of at most `room` octets, one after the other. A cluster stays whole unless it alone is longer than a
 * segment; the octets of a code point (surrogates, an escape pair, a double byte) always stay together.
 */
export function splitClusters(clusters: readonly Cluster[], room: number): Buffer[] {
  const parts: Buffer[] = []
  let open: number[] = []
  const add = (octets: readonly number[]) => {
    if (open.length + octets.length > room) {
      parts.push(Buffer.from(open))
      open = []
    }
    open.push(...octets)
  }
  for (const cluster of clusters) {
    const whole = cluster.flat()
    if (whole.length <= room) add(whole)
    else for (const octets of cluster) add(octets)
  }
  parts.push(Buffer.from(open))
  return parts
}
