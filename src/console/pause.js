/**
 * Until so much time is over, or the page is seen again: a browser lets the clocks of hidden pages stand.
 *
 * @param {number} ms
 * @param {AbortSignal} signal ends it at once
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const over = new AbortController()
    const end = () => {
      if (document.hidden && !signal.aborted) return
      over.abort()
      clearTimeout(timer)
      resolve(undefined)
    }
    const timer = setTimeout(() => {
      over.abort()
      resolve(undefined)
    }, ms)
    document.addEventListener('visibilitychange', end, { signal: over.signal })
    signal.addEventListener('abort', end, { signal: over.signal })
  })
}
