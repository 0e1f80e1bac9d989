import { Problem } from '../lib/problem.ts'
import { CAP_NAMESPACE, CAP_NAMESPACES } from './cap-element.ts'
import { readAlert, repeatable } from './cap-read.ts'
import { verifySignatures } from './cap-signature.ts'
import { checkEnvelope, isEnvelope, openEnvelope } from './edxl.ts'
import { Findings, quote } from './findings.ts'
import type { Alert, Note } from './model.ts'
import { DSIG_NAMESPACE } from './signature-algorithms.ts'
import type { TrustedKey } from './signature-keys.ts'
import { decodeXml } from './xml-text.ts'
import { lineOf, parseXml, type XmlElement } from './xml-tree.ts'

export interface CapReading {
  alert: Alert
  /** What was taken otherwise than it was written, and whose signatures were checked. */
  notes: Note[]
  /** What its author should look at before he goes on. */
  warnings: readonly Problem[]
}

/**
 * Reads a CAP 1.2 or 1.1 alert, by itself or in an EDXL-DE envelope: well-formed, of the right namespace, with everything CAP asks
 * for, or not at all. Whether it may be launched is another question (`acceptAlert`). Bytes are decoded by BOM or XML declaration; a
 * string is taken as it is. A signed alert is read from what was signed.
 * @param trusted whose signatures are known
 * @param now epoch milliseconds: are the certificates still valid?
 * @throws Problem `cap-too-large`, `bad-encoding`, `not-xml`, `xml-forbidden`, `xml-too-complex`, `not-cap`, `cap-version`,
 *   `edxl-without-alert`, `edxl-several-alerts`, `cap-signature-invalid`, or `cap-invalid` with one detail per violation, each with
 *   its XML path and line
 */
export function parseCapXml(
  input: Uint8Array | string,
  trusted: readonly TrustedKey[] = [],
  now: number = Date.now(),
): CapReading {
  const document = decodeXml(input)
  const root = parseXml(document, repeatable)
  const findings = new Findings()
  const warnings = new Findings()
  const enveloped = isEnvelope(root)
  const {
    alert: element,
    root: innerRoot,
    text,
  } = enveloped ? openEnvelope(root, document, repeatable, findings) : { alert: root, root, text: document }
  refuseOthers(element)
  if (element.namespace !== CAP_NAMESPACE) {
    findings.note(element.path, 'It is CAP 1.1 and was read as CAP 1.2, which means the same by all that 1.1 allows')
  }
  const signed = isSigned(element)
    ? verifySignatures(element, innerRoot, text, { trusted, now, findings, warnings })
    : undefined
  const alert = readAlert(signed === undefined ? element : asSigned(signed, element), { findings, warnings })
  if (enveloped) checkEnvelope(root, alert, findings)
  findings.throwIfAny('cap-invalid', 'The alert is not valid CAP 1.2', placeIn(root, document))
  return { alert, notes: findings.notes, warnings: warnings.problems }
}

const isSigned = (element: XmlElement) =>
  element.children.some(({ name, namespace }) => name === 'Signature' && namespace === DSIG_NAMESPACE)

/** The alert of what was signed, at the path that it has in the document that the author knows. */
function asSigned(signed: string, element: XmlElement): XmlElement {
  return parseXml(signed, repeatable, element.path.slice(0, element.path.lastIndexOf('/')))
}

/** Adds to an XML path the line of its element, or of the nearest one that holds it. */
function placeIn(root: XmlElement, document: string): (where: string) => string {
  const offsets = new Map<string, number>()
  const collect = (element: XmlElement) => {
    offsets.set(element.path, element.offset)
    element.children.forEach(collect)
  }
  collect(root)
  return (where) => {
    let path = where.replace(/ .*$/, '')
    while (path !== '' && !offsets.has(path)) path = path.slice(0, path.lastIndexOf('/'))
    const offset = offsets.get(path) ?? -1
    return offset === -1 ? where : `${where} (line ${lineOf(document, offset)})`
  }
}

function refuseOthers(root: XmlElement): void {
  if (root.name === 'alert' && CAP_NAMESPACES.includes(root.namespace)) return
  const version = /^(?:urn:oasis:names:tc:emergency:cap:|http:\/\/www\.incident\.com\/cap\/)(\S+)$/.exec(
    root.namespace,
  )?.[1]
  if (root.name === 'alert' && version !== undefined) {
    throw new Problem('cap-version', `The alert is CAP ${version}; only CAP 1.2 and 1.1 are taken`, {
      where: root.path,
      hint: `Other versions allow other values. Write it as CAP 1.2, xmlns="${CAP_NAMESPACE}".`,
    })
  }
  throw new Problem('not-cap', `The document is ${quote(root.name)} of ${quote(root.namespace)}, not a CAP alert`, {
    where: root.path,
    hint:
      root.name === 'feed' || root.name === 'rss'
        ? 'It is a feed: give the alert that one of its entries links to.'
        : `The root has to be <alert xmlns="${CAP_NAMESPACE}">, or an EDXL-DE envelope with one in it.`,
  })
}
