import { isIP } from 'node:net'
import { statusName } from '../smpp/codec/status.ts'
import type { CarrierProfile } from './schema.ts'

/** SMPP 3.4 §5.2.2: 9 octets with the NUL. */
const longestPassword = 8
/** A carrier abroad answers in a fifth of a second. */
const usualRoundTripMs = 200

/** What can be used and may still surprise: said by `carriers check`. `all`: the profiles of the folder. */
export function notesOn(profile: CarrierProfile, all: readonly CarrierProfile[]): string[] {
  const { id, password, binds, window, throughput, links, systemId, errors, supports, validity, receipts } = profile
  const notes: string[] = []
  if (password.length > longestPassword)
    notes.push(`${password.length} characters of password: SMPP 3.4 has ${longestPassword}; some carriers take more`)
  const possible = Math.floor((binds * window * 1000) / usualRoundTripMs)
  if (possible < throughput)
    notes.push(
      `with a round trip of ${usualRoundTripMs} ms ${binds} binds of window ${window} let ${possible}/s through, not ${throughput}/s`,
    )
  if (links.some(({ host, tls }) => !tls && !isLocal(host)))
    notes.push('no TLS: the password and the texts go in clear; see that the way is a private one')
  if (receipts.finalAfterMs < validity.maxMs)
    notes.push('receipts.finalAfter is shorter than validity.max: messages are given up while the carrier still tries')
  const shared = all.filter(
    (other) => other.id !== id && other.systemId === systemId && other.links.some((link) => has(links, link)),
  )
  if (shared.length > 0)
    notes.push(`the same systemId and address as ${shared.map((other) => other.id).join(', ')}: two contracts, or one?`)
  const policies = Object.entries(errors).map(([status, policy]) => `${statusName(Number(status))} is ${policy}`)
  if (policies.length > 0) notes.push(`here ${policies.join(', ')}`)
  const asked = [supports.query && 'query_sm', supports.cancel && 'cancel_sm'].filter((one) => one !== false)
  if (asked.length > 0) notes.push(`is asked by ${asked.join(' and ')}`)
  return notes
}

const has = (links: CarrierProfile['links'], { host, port }: CarrierProfile['links'][number]) =>
  links.some((link) => link.host === host && link.port === port)

const isLocal = (host: string) => host === 'localhost' || (isIP(host) !== 0 && /^(127\.|::1$)/.test(host))
