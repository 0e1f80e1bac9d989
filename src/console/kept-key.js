const place = 'bongsu.key'

/**
 * The key outlives a reload of the page and ends with its tab. A browser that forbids storage asks for it again.
 *
 * @returns {string | null}
 */
export function keptKey() {
  try {
    return sessionStorage.getItem(place)
  } catch {
    return null
  }
}

/** @param {string | null} key null: forget it */
export function keepKey(key) {
  try {
    if (key === null) sessionStorage.removeItem(place)
    else sessionStorage.setItem(place, key)
  } catch {
    // It is in memory all the same.
  }
}
