import { channels } from '../alerts/channels.ts'
import { digestOf } from '../alerts/digest.ts'
import { messageText } from '../alerts/text.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { carries } from '../lib/use.ts'
import { type BroadcastHead, loadBroadcast, loadTexts, NotApproved } from '../store/chunks/broadcast.ts'
import type { Client } from '../store/database.ts'
import { type CarrierText, carrierText } from './carrier-text.ts'

/** A text's templates are made again after this long: their validity period is relative. */
const textFreshMs = 5_000
/** A broadcast is read again after this long. That it was cancelled needs no reading: markChunk sees it at once. */
const headFreshMs = 10_000

/** The broadcasts that are being sent, with their texts made ready for each carrier. */
export class Broadcasts {
  readonly #heads = new Map<number, { head: BroadcastHead; at: number }>()
  readonly #texts = new Map<string, { text: CarrierText; profile: CarrierProfile; at: number }>()
  readonly #db: Client
  readonly #now: () => number

  constructor(db: Client, now: () => number = Date.now) {
    this.#db = db
    this.#now = now
  }

  /** @throws NotApproved where nothing of it may leave through this carrier. */
  async head(id: number, profile: CarrierProfile): Promise<BroadcastHead> {
    const now = this.#now()
    let known = this.#heads.get(id)
    if (!known || now - known.at >= headFreshMs) {
      const head = await loadBroadcast(this.#db, id)
      if (isAltered(head)) throw new NotApproved(`the alert of broadcast ${id} is not what was approved`)
      known = { head, at: now }
      if (this.#heads.size > 1000) this.#heads.clear()
      this.#heads.set(id, known)
    }
    if (!carries(profile, known.head.use)) {
      throw new NotApproved(`broadcast ${id} is for ${known.head.use} use, and not for ${profile.id}`)
    }
    return known.head
  }

  /** To look at what was sent of it before; whether more may leave is not asked. */
  unchecked(id: number): Promise<BroadcastHead> {
    return loadBroadcast(this.#db, id)
  }

  /** The text made ready for a carrier. @throws Problem where it cannot be encoded. */
  async text(broadcast: BroadcastHead, variant: number, profile: CarrierProfile): Promise<CarrierText> {
    const now = this.#now()
    const key = `${profile.id}:${broadcast.id}:${variant}`
    const known = this.#texts.get(key)
    if (known?.profile === profile && now - known.at < textFreshMs) return known.text
    // Entry texts gain variants during their day.
    const texts = broadcast.texts.has(variant) ? broadcast.texts : await loadTexts(this.#db, broadcast.id)
    const text = carrierText({ ...broadcast, texts }, variant, profile, now)
    if (this.#texts.size > 10_000) this.#texts.clear()
    this.#texts.set(key, { text, profile, at: now })
    return text
  }
}

/** Whether the alert, or a text that is to be sent of it, is not what was approved. Entry texts have no alert. */
function isAltered({ document, rules, forecast, corrections, digest, texts }: BroadcastHead): boolean {
  if (!document || !rules) return false
  if (digestOf({ document, rules, forecast, corrections }, channels) !== digest) return true
  return document.infos.some((info, i) => texts.get(i + 1) !== messageText(document, info))
}
