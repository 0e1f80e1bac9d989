import { encodeForCarrier, segmentsPerPdu } from '../carriers/encode.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { Problem } from '../lib/problem.ts'
import type { SubmitTemplate } from '../smpp/codec/submit-template.ts'
import { submitTemplate } from '../smpp/codec/submit-template.ts'
import type { BroadcastHead } from '../store/chunks/broadcast.ts'

/** One text as one carrier gets it: a submit_sm template per part. */
export interface CarrierText {
  readonly templates: readonly SubmitTemplate[]
  /** What one part costs of the contract. */
  readonly weight: number
}

const receiptRequested = 1

/** @param now ms since the epoch: a relative validity period shrinks as the alert's end comes near. */
export function carrierText(
  broadcast: BroadcastHead,
  variant: number,
  profile: CarrierProfile,
  now: number,
): CarrierText {
  const text = broadcast.texts.get(variant)
  if (text === undefined) throw new Problem('text-missing', `broadcast ${broadcast.id} has no text ${variant}`)
  const encoded = encodeForCarrier(text, profile, concatenationReference(broadcast.id, variant))
  const weight = profile.counts === 'segments' ? segmentsPerPdu(encoded) : 1
  // It could never go out, and everything behind it would wait for it.
  if (weight > profile.throughput)
    throw new Problem(
      'text-too-heavy',
      `a message of ${weight} segments in one PDU is more than a second of the contract`,
      {
        where: profile.id,
        hint: 'Set text.long of its profile to udh, or shorten the text.',
      },
    )
  const severity = broadcast.severity
  const priority = severity === 'Extreme' || severity === 'Severe' ? (profile.priorityFlag[severity] ?? 0) : 0
  const templates = encoded.segments.map(({ shortMessage, tlvs }) =>
    submitTemplate({
      fields: {
        source_addr_ton: profile.source.ton,
        source_addr_npi: profile.source.npi,
        source_addr: profile.source.addr,
        dest_addr_ton: profile.destination.ton,
        dest_addr_npi: profile.destination.npi,
        esm_class: encoded.esmClass,
        priority_flag: priority,
        validity_period: validityPeriod(broadcast, profile, now),
        registered_delivery: receiptRequested,
        data_coding: encoded.dataCoding,
        short_message: shortMessage,
      },
      ...(tlvs && { tlvs }),
    }),
  )
  return { templates, weight }
}

/**
 * The same for all recipients and for every attempt, so that a phone that gets a text twice can see that it is the same;
 * different between texts that may reach one phone at the same time.
 */
function concatenationReference(broadcastId: number, variant: number): number {
  return (broadcastId * 31 + variant) & 0xffff
}

/** SMPP 3.4 §7.1.1. Nothing may be delivered after the alert expires, and the carrier keeps nothing longer than it says. */
export function validityPeriod(
  broadcast: Pick<BroadcastHead, 'expiresAt' | 'validityMs'>,
  profile: CarrierProfile,
  now: number,
): string {
  const { form, maxMs } = profile.validity
  if (form === 'none') return ''
  const left = Math.min(
    maxMs,
    broadcast.validityMs ?? Infinity,
    broadcast.expiresAt === null ? Infinity : broadcast.expiresAt - now,
  )
  const seconds = Math.max(1, Math.floor(left / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  if (form === 'relative') {
    const days = Math.floor(seconds / 86_400)
    // A relative time is a sum of parts; months of 30 days would be a guess, so days carry up to 99.
    return `0000${two(Math.min(days, 99))}${two(Math.floor(seconds / 3600) % 24)}${two(Math.floor(seconds / 60) % 60)}${two(seconds % 60)}000R`
  }
  const at = new Date(now + seconds * 1000)
  return `${two(at.getUTCFullYear() % 100)}${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}${two(at.getUTCHours())}${two(at.getUTCMinutes())}${two(at.getUTCSeconds())}000+`
}
