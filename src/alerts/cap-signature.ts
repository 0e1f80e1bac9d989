import type { KeyObject } from 'node:crypto'
import { XMLSerializer } from '@xmldom/xmldom'
import { Problem } from '../lib/problem.ts'
import type { Findings } from './findings.ts'
import { checkSignature, methodOf, objection } from './signature-check.ts'
import { keyNamesOf, keysOf, type NamedKey } from './signature-key-info.ts'
import { fingerprint, type TrustedKey, weakness } from './signature-keys.ts'
import { childElements, parseDom, signaturesOf } from './xml-dom.ts'
import type { XmlElement } from './xml-tree.ts'

/** An author's, an agency's, a hub's. */
const MAX_SIGNATURES = 3

/**
 * Of a signed alert. What xml-crypto does to find the root grows with the square of the elements: 10,000 take 0.7 s, 90,000 took 145.
 * 20,000 are 3,000 areas with a circle and a geocode each.
 */
const MAX_ELEMENTS = 20_000

/** Each is looked at again for every element. */
const MAX_NAMESPACES = 1000

/** Keys that are tried on one signature: 2 ms of RSA, 8 of EC. Who trusts more has to be sent signatures that name their key. */
export const MAX_TRIES = 40

export interface SignatureContext {
  readonly trusted: readonly TrustedKey[]
  /** Epoch milliseconds. */
  readonly now: number
  /** Says whose signature it is. */
  readonly findings: Findings
  /** Warns of a signer who is not known, and of what could not be checked. */
  readonly warnings: Findings
}

interface Verified {
  readonly signed: string
  readonly signer: NamedKey
}

/**
 * Checks the signatures (XMLDSIG, enveloped) of an alert, the outermost first: each was made over what the ones before it left.
 * @param root of the document that the alert stands in; in an envelope, the alert is checked as a document of its own
 * @returns what was signed: the alert has to be read from that. Undefined where nothing could be checked.
 * @throws Problem `cap-signature-invalid`
 */
export function verifySignatures(
  alert: XmlElement,
  root: XmlElement,
  text: string,
  context: SignatureContext,
): string | undefined {
  const where = `${alert.path}/Signature`
  if ([...text.matchAll(/\sxmlns[:=]/g)].length > MAX_NAMESPACES) {
    throw invalid(where, `the document has more than ${MAX_NAMESPACES} declarations of namespaces`)
  }
  if (sizeOf(root) > MAX_ELEMENTS) throw invalid(where, `of more than ${MAX_ELEMENTS} elements none is checked`)
  const verified: Verified[] = []
  for (let xml = alone(alert, root, text); ; ) {
    const document = parse(xml, where)
    const signatures = signaturesOf(document)
    if (signatures.length === 0) break
    if (signatures.length > MAX_SIGNATURES) throw invalid(where, `it has ${signatures.length} signatures`)
    for (const signature of signatures) {
      const found = objection(signature, document)
      if (found !== undefined) throw invalid(where, found)
    }
    const outermost = checkOutermost(xml, document, signatures, where, context.trusted)
    if (outermost === undefined) {
      const which =
        context.trusted.length > MAX_TRIES ? `of the first ${MAX_TRIES} trusted here` : 'that is trusted here'
      const message = `A signature names no key and fits none ${which}: it could not be checked`
      context.warnings.problem('cap-signature-unchecked', where, message, TRUST_HINT)
      // Notes are kept with the alert, warnings are not: who approves it has to see this as well.
      context.findings.note(where, message)
      break
    }
    verified.push(outermost)
    xml = outermost.signed
  }
  report(verified, where, context)
  return verified.at(-1)?.signed
}

const TRUST_HINT =
  'Put the certificate of the sender into BONGSU_CAP_TRUST_DIR, or make sure otherwise that the alert is genuine.'

/** The text of the alert as a document: what it inherits from its envelope and uses is declared in it. */
function alone(alert: XmlElement, root: XmlElement, text: string): string {
  if (alert === root) return text
  const element = elementOf(alert, root, parse(text, root.path))
  return new XMLSerializer().serializeToString(element as Element)
}

const sizeOf = (element: XmlElement): number => element.children.reduce((sum, child) => sum + sizeOf(child), 1)

/** The same element in the other tree: by its place, for names and ids may stand twice in an envelope. */
function elementOf(wanted: XmlElement, tree: XmlElement, dom: Element): Element | undefined {
  if (tree === wanted) return dom
  const children = childElements(dom)
  for (const [i, child] of tree.children.entries()) {
    const found = elementOf(wanted, child, children[i] as Element)
    if (found !== undefined) return found
  }
  return undefined
}

function parse(xml: string, where: string): Element {
  try {
    return parseDom(xml).documentElement
  } catch (cause) {
    throw invalid(where, `the document cannot be put into canonical form: ${(cause as Error).message}`, cause)
  }
}

/** One signature that is trusted says enough; the others are named. */
function report(verified: readonly Verified[], where: string, { trusted, now, findings, warnings }: SignatureContext) {
  const signers = verified.map(({ signer }) => {
    const found = trusted.find(({ key }) => key.equals(signer.key))
    return { ...signer, file: found?.file, expired: (found?.validTo ?? Number.POSITIVE_INFINITY) < now }
  })
  const known = signers.some(({ file, expired }) => file !== undefined && !expired)
  for (const { key, subject, file, expired } of signers) {
    const name = [subject, fingerprint(key)].filter(Boolean).join('; ')
    findings.note(where, `Signature valid, signed by ${file ?? `an unknown key (${name})`}`)
    if (known) continue
    const why = expired ? `the certificate ${file} has expired` : `the signer is not known (${name})`
    warnings.problem('cap-signature-unknown', where, `The signature is valid, but ${why}`, TRUST_HINT)
  }
}

/** The signature that fits the document as it is, among several; undefined where one cannot be checked for want of a key. */
function checkOutermost(
  xml: string,
  document: Element,
  signatures: readonly Element[],
  where: string,
  trusted: readonly TrustedKey[],
): Verified | undefined {
  let keyless = false
  for (const signature of signatures.toReversed()) {
    const own = keysOf(signature)
    const keys = candidates(signature, own, trusted, where)
    const outcome = checkSignature(xml, signature, document, keys)
    if (outcome.kind === 'valid') {
      const { key, signed } = outcome
      return { signed, signer: own.find((one) => one.key.equals(key)) ?? { key } }
    }
    keyless ||= outcome.kind === 'other-key' && own.length === 0
  }
  if (keyless) return undefined
  throw invalid(where, 'the alert or its signature was changed after it was signed')
}

/**
 * The keys to try, as far as the signature's method takes them: of those we trust the ones that it names, by fingerprint or file or
 * by bringing them along, then what else it brings, then so many of the others that a stranger's alert is soon done with.
 */
function candidates(
  signature: Element,
  own: readonly NamedKey[],
  trusted: readonly TrustedKey[],
  where: string,
): KeyObject[] {
  const type = methodOf(signature)?.keyType
  for (const { key } of own) {
    const weak = weakness(key)
    if (weak !== undefined) throw invalid(where, weak)
  }
  const names = keyNamesOf(signature)
  const brings = (key: KeyObject) => own.some((one) => one.key.equals(key))
  const isNamed = ({ key, file }: TrustedKey) =>
    brings(key) || (names.length > 0 && (names.includes(file) || names.includes(fingerprint(key))))
  const named = trusted.filter(isNamed)
  const brought = own.filter(({ key }) => !named.some((one) => one.key.equals(key)))
  const rest = trusted.filter((one) => !named.includes(one))
  return [...named, ...brought, ...rest]
    .map(({ key }) => key)
    .filter((key) => key.asymmetricKeyType === type)
    .slice(0, MAX_TRIES)
}

function invalid(where: string, why: string, cause?: unknown): Problem {
  return new Problem('cap-signature-invalid', `The signature of the alert is not valid: ${why}`, {
    status: 422,
    where,
    hint: 'Ask the sender. Who has made sure otherwise that the alert is genuine may give it without its Signature.',
    ...(cause === undefined ? {} : { cause }),
  })
}
