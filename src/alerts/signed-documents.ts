import { createHash } from 'node:crypto'
import { Problem } from '../lib/problem.ts'
import type { CapSigner } from './cap-signer.ts'

export interface SignedDocument {
  /** Of the document before it was signed: of one content there may be several signatures. */
  readonly hash: string
  readonly xml: string
}

/** Characters of all documents that are kept: 200 alerts of 3,000 vertices. The largest alone may have more. */
const maxKept = 2 ** 24

/** Signing takes some milliseconds: whoever comes after so many would wait for the better part of a second. */
const maxWaiting = 100

/**
 * What we publish, signed once for as long as it is kept; what was asked for longest ago is forgotten first. One is signed at a
 * time, and all who ask for it meanwhile share it: however many ask, one thread is busy with it, and not the event loop.
 */
export class SignedDocuments {
  readonly #signer: CapSigner | undefined
  readonly #kept = new Map<string, SignedDocument>()
  readonly #underWay = new Map<string, Promise<SignedDocument>>()
  #last: Promise<unknown> = Promise.resolve()
  #size = 0

  /** @param signer where there is none, documents are kept as they are */
  constructor(signer: CapSigner | undefined) {
    this.#signer = signer
  }

  /**
   * @param key of a document that never changes
   * @throws Problem `feed-busy` (503), and what `write` throws
   */
  async get(key: string, write: () => string): Promise<SignedDocument> {
    const kept = this.#kept.get(key)
    if (kept !== undefined) {
      this.#kept.delete(key)
      this.#kept.set(key, kept)
      return kept
    }
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    if (this.#underWay.size >= maxWaiting) {
      throw new Problem('feed-busy', 'Too many documents of the feed wait to be signed', {
        status: 503,
        hint: 'Ask again in a second.',
      })
    }
    const made = this.#last.then(() => this.#make(key, write)).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, made)
    this.#last = made.catch(() => undefined)
    return made
  }

  async #make(key: string, write: () => string): Promise<SignedDocument> {
    const content = write()
    const hash = createHash('sha256').update(content).digest('base64url')
    const document = { hash, xml: this.#signer === undefined ? content : await this.#signer.sign(content) }
    this.#kept.set(key, document)
    this.#size += document.xml.length
    for (const [oldest, { xml }] of this.#kept) {
      if (this.#size <= maxKept || oldest === key) break
      this.#kept.delete(oldest)
      this.#size -= xml.length
    }
    return document
  }
}
