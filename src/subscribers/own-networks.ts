import { Problem } from '../lib/problem.ts'
import { unpadded } from './networks.ts'
import type { RoamingNotification } from './notification.ts'

/**
 * The notification as a feed may write it that has only these home networks; null: it has all. A feed of one network need not name it.
 * A number does not tell its carrier, because numbers are portable: what is checked is what the feed says.
 *
 * @throws Problem `foreign-hplmn` (403), `missing-hplmn`
 */
export function ownSubscriber(
  notification: RoamingNotification,
  hplmns: readonly string[] | null,
): RoamingNotification {
  if (hplmns === null) return notification
  const { hplmn } = notification
  if (hplmn === undefined) {
    const [only, ...more] = hplmns
    if (only !== undefined && more.length === 0) return { ...notification, hplmn: only }
    throw new Problem('missing-hplmn', 'The key is of several home networks, and the notification does not say which', {
      where: 'hplmn',
      hint: `Send \`hplmn\`, one of ${hplmns.join(', ')}, or use a key of one network.`,
    })
  }
  const foreign = foreignNetwork(hplmn, hplmns)
  if (foreign) throw foreign
  return notification
}

/** The Problem `foreign-hplmn` (403) where a feed has not this home network; null: it has all. */
export function foreignNetwork(hplmn: string, hplmns: readonly string[] | null): Problem | undefined {
  if (hplmns === null || hplmns.some((own) => unpadded(own) === unpadded(hplmn))) return undefined
  return new Problem('foreign-hplmn', `The key is of the home networks ${hplmns.join(', ')}, not of ${hplmn}`, {
    status: 403,
    where: 'hplmn',
    hint: 'A carrier writes of its own subscribers only; an administrator makes a key with other networks.',
  })
}
