import { Problem } from '../lib/problem.ts'
import { countriesOfMcc, isListedPlmn, isPlmn } from './networks.ts'

/** What a key of the role carrier may have. */
export interface FeedRights {
  /** MCC and MNC, five or six digits; left out: of all networks. */
  readonly hplmns?: readonly string[] | undefined
  /** Its feed is silent after this time without a usable notification; left out: that is learned. */
  readonly silentAfterMs?: number | undefined
}

const leastSilenceMs = 10_000
const mostSilenceMs = 30 * 86_400_000
/** Of a name of a file or folder on Linux (NAME_MAX). */
const mostNameOctets = 255

/** @throws Problem where a feed of such rights could not work */
export function checkFeedRights({ hplmns, silentAfterMs }: FeedRights): void {
  if (hplmns?.length === 0) {
    throw new Problem('no-networks', 'A key without any home network could write of nobody', {
      where: 'hplmns',
      hint: 'Name one at least, or leave them out: then it writes of all.',
    })
  }
  for (const hplmn of hplmns ?? []) checkHomeNetwork(hplmn)
  if (silentAfterMs !== undefined && (silentAfterMs < leastSilenceMs || silentAfterMs > mostSilenceMs)) {
    throw new Problem('bad-duration', 'A feed is silent after ten seconds at the least and 30 days at the most', {
      where: 'silentAfter',
    })
  }
}

function checkHomeNetwork(hplmn: string): void {
  const hint = 'MCC and MNC without a separator, five or six digits, for example 45008.'
  if (!isPlmn(hplmn)) throw new Problem('bad-plmn', `"${hplmn}" is not a network code`, { where: 'hplmns', hint })
  if (countriesOfMcc(hplmn.slice(0, 3)).length > 0) return
  throw new Problem('unknown-network', `${hplmn} is the code of no country's network`, { where: 'hplmns', hint })
}

/** What does not stand against a key, but should be seen before it is handed out: networks get codes, and give them back. */
export function doubtsOn({ hplmns }: FeedRights): Problem[] {
  return [...new Set(hplmns)]
    .filter((hplmn) => !isListedPlmn(hplmn))
    .map(
      (hplmn) =>
        new Problem('unlisted-network', `${hplmn} is in no list of networks that we know`, {
          where: 'hplmns',
          hint: 'Ask the carrier; if it is wrong make another key, and revoke this one.',
        }),
    )
}

/**
 * The name of a feed is that of the folder of its files.
 *
 * @param others feeds that have a key
 * @throws Problem `bad-feed-name`, `feed-name-taken` (409)
 */
export function checkFeedName(name: string, others: Iterable<string>): void {
  if (/[/\\\p{Cc}]|^\./u.test(name) || Buffer.byteLength(name) > mostNameOctets) {
    throw new Problem('bad-feed-name', `"${name}" cannot be the name of a feed: its files need a folder of this name`, {
      where: 'name',
      hint: 'Leave out slashes, backslashes and control characters, and dots at the beginning; 255 octets at the most.',
    })
  }
  for (const other of others) {
    if (other === name || folded(other) !== folded(name)) continue
    throw new Problem('feed-name-taken', `There is a feed "${other}", and "${name}" would be another one`, {
      status: 409,
      where: 'name',
      hint: `Use "${other}" for one more key of that feed, or a name that differs in more than its capitals.`,
    })
  }
}

/** Alike to the eye, and one folder on many machines. */
export const folded = (name: string) => name.normalize('NFC').toLowerCase()
