import { Problem } from '../lib/problem.ts'
import { CAP_NAMESPACES } from './cap-element.ts'
import { type Findings, quote } from './findings.ts'
import type { Alert } from './model.ts'
import { decodeXml } from './xml-text.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

const ENVELOPE = /^urn:oasis:names:tc:emergency:EDXL:DE:[12]\.0$/

export interface Enveloped {
  readonly alert: XmlElement
  /** Of the document that the alert stands in: the envelope, or what its base64 holds. */
  readonly root: XmlElement
  readonly text: string
}

/** EDXL-DE 1.0 and 2.0 (OASIS): an envelope round messages of any kind. */
export function isEnvelope(root: XmlElement): boolean {
  return root.name === 'EDXLDistribution' && ENVELOPE.test(root.namespace)
}

/**
 * The one alert that an envelope holds, as XML (`embeddedXMLContent`) or as base64 (`contentData`). What else it holds is left out
 * with a note; what it points at is not fetched.
 * @throws Problem `edxl-without-alert`, `edxl-several-alerts`; of base64 content also what `decodeXml` and `parseXml` throw
 */
export function openEnvelope(
  root: XmlElement,
  text: string,
  repeatable: ReadonlySet<string>,
  findings: Findings,
): Enveloped {
  const found: Enveloped[] = []
  for (const [element, parent] of descendants(root, root)) {
    if (!ENVELOPE.test(element.namespace)) continue
    if (element.name === 'embeddedXMLContent') {
      for (const child of element.children) {
        if (isAlert(child)) found.push({ alert: child, root, text })
        else findings.note(child.path, `${child.name} is no CAP alert and was left out`)
      }
    } else if (element.name === 'contentData') {
      const inner = embeddedText(element, parent)
      const alert = inner === undefined ? undefined : parseXml(inner, repeatable, element.path)
      if (inner !== undefined && alert !== undefined && isAlert(alert)) found.push({ alert, root: alert, text: inner })
      else findings.note(element.path, 'It is no CAP alert and was left out')
    } else if (element.name === 'targetArea') {
      findings.note(element.path, 'The area of the envelope was left out; the area of the alert counts')
    } else if (element.name === 'Signature') {
      findings.note(element.path, 'The signature of the envelope was not checked')
    }
  }
  const [only, second] = found
  if (only === undefined) {
    throw new Problem('edxl-without-alert', 'The EDXL envelope holds no CAP alert', {
      status: 422,
      where: root.path,
      hint: 'Embed it as embeddedXMLContent or as base64 contentData. Addresses in it are not fetched.',
    })
  }
  if (second !== undefined) {
    throw new Problem('edxl-several-alerts', `The EDXL envelope holds ${found.length} alerts`, {
      status: 422,
      where: second.alert.path,
      hint: 'Send each by itself: each is approved and launched by itself.',
    })
  }
  return only
}

/** An envelope that says Exercise round an alert that says Actual, or Cancel round one that says Alert: nobody can tell what is meant. */
export function checkEnvelope(root: XmlElement, alert: Alert, findings: Findings): void {
  const status = said(root, 'distributionStatus')
  if (status !== undefined && status.text !== 'Actual' && alert.status === 'Actual') {
    const message = `The envelope says ${quote(status.text)}, the alert in it ${alert.status}`
    findings.problem('edxl-status-differs', status.path, message, 'Both have to say the same.')
  }
  const kind = said(root, 'distributionType') ?? said(root, 'distributionKind')
  const ends = kind !== undefined && ['Cancel', 'Ack', 'Error'].includes(kind.text)
  if (kind !== undefined && ends && alert.msgType !== kind.text) {
    const message = `The envelope says ${kind.text}, the alert in it ${alert.msgType}`
    findings.problem('edxl-type-differs', kind.path, message, 'Both have to say the same.')
  }
}

/** The text of a child of the envelope; DE 2.0 wraps it once more (`StatusKindDefault`). */
function said(root: XmlElement, name: string): { text: string; path: string } | undefined {
  const element = root.children.find((child) => child.name === name && child.namespace === root.namespace)
  if (element === undefined) return undefined
  return { text: `${element.text}${element.children.map(({ text }) => text).join('')}`.trim(), path: element.path }
}

const isAlert = ({ name, namespace }: XmlElement) => name === 'alert' && CAP_NAMESPACES.includes(namespace)

/** What base64 content holds, where its type says XML or nothing; undefined for pictures and such. */
function embeddedText(contentData: XmlElement, parent: XmlElement): string | undefined {
  const type = parent.children.find(({ name }) => name === 'mimeType')?.text ?? 'xml'
  return type.includes('xml') ? decodeXml(Buffer.from(contentData.text, 'base64')) : undefined
}

function* descendants(element: XmlElement, parent: XmlElement): Generator<[element: XmlElement, parent: XmlElement]> {
  yield [element, parent]
  for (const child of element.children) yield* descendants(child, element)
}
