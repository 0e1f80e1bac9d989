import type { KeyObject } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import {
  algorithmsTrying,
  canonicalizations,
  DSIG_NAMESPACE,
  digests,
  hashAlgorithms,
  signatureMethods,
  transforms,
} from './signature-algorithms.ts'
import { childElements } from './xml-dom.ts'

/** References of one signature: that of the alert, and those to properties that XAdES signs along. */
const MAX_REFERENCES = 4

/** Of each element of `SignedInfo` what may stand in it. xml-crypto looks for some by name at any depth: nothing may hide there. */
const grammar: Readonly<Record<string, readonly string[]>> = {
  SignedInfo: ['CanonicalizationMethod', 'SignatureMethod', 'Reference'],
  CanonicalizationMethod: ['InclusiveNamespaces'],
  SignatureMethod: [],
  Reference: ['Transforms', 'DigestMethod', 'DigestValue'],
  Transforms: ['Transform'],
  Transform: ['InclusiveNamespaces'],
  DigestMethod: [],
  DigestValue: [],
  InclusiveNamespaces: [],
}

/** `signed`: the canonical XML of the root as it was signed, without this signature; read that and nothing else. */
export type Checked = { kind: 'valid'; signed: string; key: KeyObject } | { kind: 'changed' } | { kind: 'other-key' }

/**
 * Why a signature (XMLDSIG) is not looked at any further: a weak or unknown algorithm, a shape that other tools write but that would
 * leave open what was signed, or content other than the root of its document (signature wrapping).
 */
export function objection(signature: Element, root: Element): string | undefined {
  const parts = childElements(signature)
  const [signedInfo, value, ...rest] = parts
  const names = parts.map(({ localName }) => localName).join(' ')
  if (
    signedInfo === undefined ||
    value === undefined ||
    !/^SignedInfo SignatureValue( KeyInfo)?( Object)*$/.test(names)
  ) {
    return `it holds ${names === '' ? 'nothing' : names}`
  }
  if (rest.length > 5 || childElements(value).length > 0) return 'it holds more than a signature does'
  const strange = strangeElement(signedInfo)
  if (strange !== undefined) return `${strange} does not belong into SignedInfo`
  const algorithm = weakAlgorithm(signedInfo)
  if (algorithm !== undefined) return `${algorithm} is too weak or not known here`
  const references = referencesOf(signedInfo)
  if (references.length > MAX_REFERENCES) return `it has ${references.length} references`
  if (references.filter((reference) => isOf(reference, root)).length !== 1) {
    return 'it does not sign the alert that it stands in'
  }
  return undefined
}

/**
 * What costs, the canonical form of the document and its digests, is done once, and the value then tried with each key: some
 * 0.05 ms for RSA, 0.2 for EC.
 * @param keys the likeliest first; of the type that the signature's method takes (see `methodOf`)
 */
export function checkSignature(xml: string, signature: Element, root: Element, keys: readonly KeyObject[]): Checked {
  const [first] = keys
  if (first === undefined) return { kind: 'other-key' }
  let fitting: KeyObject | undefined
  const checker = new SignedXml({ publicCert: first })
  checker.SignatureAlgorithms = algorithmsTrying(keys, (key) => {
    fitting = key
  })
  checker.HashAlgorithms = hashAlgorithms
  const signedInfo = childElements(signature)[0] as Element
  const index = referencesOf(signedInfo).findIndex((reference) => isOf(reference, root))
  try {
    checker.loadSignature(signature)
    if (!checker.checkSignature(xml) || fitting === undefined) return { kind: 'changed' }
  } catch (error) {
    // It throws for a value that does not fit, and for ids that stand twice.
    return /signature value .* is incorrect/s.test((error as Error).message)
      ? { kind: 'other-key' }
      : { kind: 'changed' }
  }
  return { kind: 'valid', signed: checker.getSignedReferences()[index] as string, key: fitting }
}

export function methodOf(signature: Element) {
  const [signedInfo] = childElements(signature)
  const method = childElements(signedInfo as Element).find(({ localName }) => localName === 'SignatureMethod')
  return signatureMethods[algorithmOf(method as Element)]
}

const referencesOf = (signedInfo: Element) =>
  childElements(signedInfo).filter(({ localName }) => localName === 'Reference')

const algorithmOf = (element: Element) => element.getAttribute('Algorithm') ?? ''

/** The whole document, or the id of its root. */
function isOf(reference: Element, root: Element): boolean {
  const uri = reference.getAttribute('URI')
  return (
    uri === '' || ['Id', 'ID', 'id'].some((name) => root.hasAttribute(name) && uri === `#${root.getAttribute(name)}`)
  )
}

function strangeElement(element: Element): string | undefined {
  for (const child of childElements(element)) {
    const known = grammar[element.localName]?.includes(child.localName)
    const ours = child.namespaceURI === DSIG_NAMESPACE || child.localName === 'InclusiveNamespaces'
    const strange = known && ours ? strangeElement(child) : child.localName
    if (strange !== undefined) return strange
  }
  return undefined
}

function weakAlgorithm(signedInfo: Element): string | undefined {
  const allowed: Readonly<Record<string, (uri: string) => boolean>> = {
    CanonicalizationMethod: (uri) => canonicalizations.has(uri),
    SignatureMethod: (uri) => Object.hasOwn(signatureMethods, uri),
    Transform: (uri) => transforms.has(uri),
    DigestMethod: (uri) => Object.hasOwn(digests, uri),
  }
  for (const [name, isAllowed] of Object.entries(allowed)) {
    const found = signedInfo.getElementsByTagNameNS(DSIG_NAMESPACE, name)
    for (let i = 0; i < found.length; i++) {
      const uri = algorithmOf(found[i] as Element)
      if (!isAllowed(uri)) return uri === '' ? `${name} without an algorithm` : uri
    }
    const once = name === 'CanonicalizationMethod' || name === 'SignatureMethod'
    if (once && found.length !== 1) return `${found.length} times ${name}`
  }
  return undefined
}
