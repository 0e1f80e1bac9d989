/** The candidate with the smallest edit distance, if it is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return allNearest(word, candidates)[0]
}

/** All candidates with the smallest edit distance, if that is near enough. */
function allNearest(word: string, candidates: Iterable<string>): string[] {
  let best: string[] = []
  let bestDistance = Math.max(2, Math.floor(word.length / 3))
  for (const candidate of candidates) {
    // Each letter more or less is one edit: a word much longer than any candidate costs nothing.
    if (Math.abs(candidate.length - word.length) > bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance > bestDistance) continue
    if (distance < bestDistance) best = []
    best.push(candidate)
    bestDistance = distance
  }
  return best
}

/** At most three candidates that may be what was meant: the nearest, or, where none is near, those that hold the word. */
export function likely(word: string, candidates: readonly string[]): string[] {
  const near = allNearest(word, candidates)
  if (near.length > 0 || word.length < 3) return near.slice(0, 3)
  return candidates.filter((candidate) => candidate.toLowerCase().includes(word.toLowerCase())).slice(0, 3)
}

/** `Did you mean "a" or "b"?` */
export function didYouMean(candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined
  return `Did you mean ${candidates.map((candidate) => `"${candidate}"`).join(' or ')}?`
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitution, (previous[j] as number) + 1, (current[j - 1] as number) + 1))
    }
    previous = current
  }
  return previous[b.length] as number
}
