export type Content = string | number | readonly Element[] | undefined

/** An element to be written; without content it is left out, but for the `value` of a named value, which may be empty. */
export type Element = readonly [name: string, content: Content, attributes?: Readonly<Record<string, string>>]

/** A document in UTF-8. Text content stands on the line of its tags, so that nothing is added to it. */
export function renderXml(root: string, namespace: string, children: readonly Element[], attributes = {}): string {
  const lines = children.flatMap((child) => render(child, '  '))
  const open = `<${root}${renderAttributes({ xmlns: namespace, ...attributes })}>`
  return ['<?xml version="1.0" encoding="UTF-8"?>', open, ...lines, `</${root}>`, ''].join('\n')
}

function render([name, content, attributes]: Element, indent: string): string[] {
  const tag = `${name}${renderAttributes(attributes ?? {})}`
  if (content === undefined || content === '') {
    return name === 'value' || attributes !== undefined ? [`${indent}<${tag}/>`] : []
  }
  if (typeof content !== 'object') return [`${indent}<${tag}>${escapeXml(String(content))}</${name}>`]
  return [`${indent}<${tag}>`, ...content.flatMap((child) => render(child, `${indent}  `)), `${indent}</${name}>`]
}

function renderAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(value).replaceAll('"', '&quot;')}"`)
    .join('')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
