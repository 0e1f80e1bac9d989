import { DOMParser } from '@xmldom/xmldom'
import { DSIG_NAMESPACE } from './signature-algorithms.ts'

/** What xmldom makes of a document that `parseXml` has taken; canonical forms need a tree with prefixes, comments and attributes. */
export function parseDom(xml: string): Document {
  const fail = (message: string) => {
    throw new Error(message)
  }
  return new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } }).parseFromString(
    xml,
    'text/xml',
  )
}

export function childElements(parent: Node): Element[] {
  const children: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === 1) children.push(node as Element)
  }
  return children
}

export function signaturesOf(root: Element): Element[] {
  return childElements(root).filter(
    ({ localName, namespaceURI }) => localName === 'Signature' && namespaceURI === DSIG_NAMESPACE,
  )
}
