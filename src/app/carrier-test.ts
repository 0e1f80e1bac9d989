import { encodeForCarrier } from '../carriers/encode.ts'
import { linkOptions } from '../carriers/link-options.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { carrierText } from '../dispatch/carrier-text.ts'
import { readReceipt } from '../dispatch/receipt.ts'
import { Problem } from '../lib/problem.ts'
import { commandStatus, statusName } from '../smpp/codec/status.ts'
import type { SubmitTemplate } from '../smpp/codec/submit-template.ts'
import { normaliseId } from '../smpp/message-id.ts'
import { Link, type LinkHandler } from '../smpp/session/link.ts'
import { describeEnd } from '../smpp/session/state.ts'

const receiptPatienceMs = 60_000

/**
 * The on-air acceptance test of a profile: binds once as the engine would, sends one text to a number of `testNumbers`, and says
 * what the SMSC answers and what receipt comes. It takes one bind of the account: run it while the engine does not, or where
 * the carrier allows one bind more.
 *
 * @throws Problem where the number is none of `testNumbers`, the bind or the text is refused, or no receipt comes in a minute.
 */
export async function runCarrierTest(
  profile: CarrierProfile,
  to: string,
  text: string,
  say: (line: string) => void,
): Promise<void> {
  const number = to.replace(/^\+/, '')
  if (!profile.testNumbers.includes(number)) {
    throw new Problem('not-a-test-number', `${to} is none of the testNumbers of ${profile.id}`, {
      hint: 'Add your own phone to testNumbers in the profile.',
    })
  }
  const { encoding, characters, segments } = encodeForCarrier(text, profile)
  say(`${characters} characters in ${encoding}, ${segments.length} segments`)
  const broadcast = {
    id: 0,
    alertId: null,
    lane: 0,
    use: 'exercise' as const,
    resend: false,
    digest: null,
    expiresAt: null,
    validityMs: 3600_000,
    severity: null,
    document: null,
    rules: null,
    forecast: null,
    corrections: null,
    texts: new Map([[1, text]]),
  }
  const { templates } = carrierText(broadcast, 1, profile, Date.now())
  await converse(profile, number, templates, say)
}

function converse(
  profile: CarrierProfile,
  number: string,
  templates: readonly SubmitTemplate[],
  say: (line: string) => void,
): Promise<void> {
  const { window, bind, receipts } = profile
  // The first link submits; the last one gets the receipts.
  const kinds = bind === 'transceiver' ? (['transceiver'] as const) : (['transmitter', 'receiver'] as const)
  /** Ids of our segments, and of those whose receipt has not come. */
  const taken = new Set<string>()
  const waiting = new Set<string>()
  return new Promise((resolve, reject) => {
    let failure: Problem | undefined
    let bound = 0
    let answered = 0
    const end = (problem?: Problem) => {
      failure ??= problem
      clearTimeout(patience)
      void Promise.all(links.map((link) => link.stop())).then(() => (failure ? reject(failure) : resolve()))
    }
    const patience = setTimeout(() => {
      end(
        new Problem(
          'no-receipt',
          `no receipt for ${[...waiting].join(', ') || 'the text'} within ${receiptPatienceMs / 1000} s`,
        ),
      )
    }, receiptPatienceMs)
    const handler: LinkHandler<number> = {
      bound() {
        if (++bound < kinds.length) return
        say(`bound to ${profile.links[0]?.host}:${profile.links[0]?.port}`)
        templates.forEach((template, i) => {
          links[0]?.session?.submit(template, number, i + 1)
        })
      },
      answered(part, status, messageId) {
        answered++
        say(`segment ${part}: ${statusName(status)}${messageId === '' ? '' : `, id ${messageId}`}`)
        const id = normaliseId(messageId, receipts.idInResponse)
        if (status === commandStatus.ESME_ROK) {
          taken.add(id)
          waiting.add(id)
        } else end(new Problem('text-refused', `segment ${part} was refused with ${statusName(status)}`))
      },
      unanswered: (part) => end(new Problem('no-answer', `segment ${part} was not answered`)),
      delivered(delivery, acknowledge) {
        const receipt = readReceipt(delivery, profile, 0, Date.now())
        // What is not ours stays with the SMSC: an engine may be bound beside us, and the receipts and texts are its.
        if (!receipt || !taken.has(receipt.smscId)) {
          acknowledge(commandStatus.ESME_RX_T_APPN)
          return
        }
        acknowledge(commandStatus.ESME_ROK)
        say(
          `receipt for ${receipt.smscId}: ${receipt.state}${receipt.error === undefined ? '' : `, err ${receipt.error}`}`,
        )
        if (receipt.state === 'submitted') return
        waiting.delete(receipt.smscId)
        if (answered === templates.length && (waiting.size === 0 || receipts.multipart !== 'all')) end()
      },
      room: () => undefined,
      closed: (ended) => {
        if (ended.kind !== 'unbound') end(new Problem('bind-failed', `the bind ended: ${describeEnd(ended)}`))
      },
    }
    const options = { ...linkOptions(profile), window: Math.max(window, templates.length), startAt: 0 }
    const links = kinds.map((kind) => new Link<number>({ ...options, kind }, handler))
    for (const link of links) link.start()
  })
}
