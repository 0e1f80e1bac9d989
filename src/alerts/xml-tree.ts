import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { Problem } from '../lib/problem.ts'
import { quote } from './findings.ts'

/** An element with its namespace resolved; text is what it holds itself, entities and CDATA resolved, not trimmed. */
export interface XmlElement {
  /** Without prefix. */
  name: string
  namespace: string
  /** `/alert/info[2]/area[1]`: indexes from 1, for names in `repeatable` and wherever a name occurs twice. */
  path: string
  text: string
  children: XmlElement[]
  /** Characters of the document before its start tag; -1 where the parser did not say. */
  offset: number
}

/**
 * Tags, comments and other markup of the largest document taken. An element costs some 500 bytes here: 4 MB of `<a/>` would take
 * half a gigabyte. 5,000 areas with a polygon and a geocode each have 60,000 tags.
 */
const MAX_MARKUP = 200_000

type Node = Record<string | symbol, unknown>

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  // Entities are resolved here and not by the parser: the five of XML and numbers, so that nothing can grow.
  processEntities: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: 32,
  captureMetaData: true,
})

// Their types say Symbol.
const metaData = XMLParser.getMetaDataSymbol() as unknown as symbol

const predefined: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 §2.2 rules out
const illegal = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u

/** Prefixes and their namespaces; an element's scope inherits from its parent's, for copies would cost prefixes times elements. */
type Scope = Record<string, string>

const topScope: Scope = Object.assign(Object.create(null), { '': '', xml: 'http://www.w3.org/XML/1998/namespace' })

/**
 * Reads one well-formed XML document. A DOCTYPE is refused wherever it stands, and with it every entity of one's own, external or nested.
 * @param within the path of what holds the document, where it stood in another one
 * @throws Problem `not-xml`, `xml-forbidden`, `xml-too-complex`
 */
export function parseXml(text: string, repeatable: ReadonlySet<string>, within = ''): XmlElement {
  refuseDeclarations(text)
  const bad = illegal.exec(text)
  if (bad) throw notXml(`a character that XML does not allow (U+${hex(bad[0])})`, lineOf(text, bad.index))
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw notXml(valid.err.msg, valid.err.line)
  // The validator lets text stand behind the root: the sign of two files run together.
  if (/\S/.test(text.slice(text.lastIndexOf('>') + 1))) throw notXml('text after the end of the document')
  let nodes: Node[]
  try {
    nodes = parser.parse(text) as Node[]
  } catch (cause) {
    throw new Problem('not-xml', `Not well-formed XML: ${(cause as Error).message}`, { cause })
  }
  const root = nodes.find((node) => tagOf(node) !== undefined)
  if (root === undefined) throw notXml('no element')
  return element(root, topScope, within, repeatable, undefined)
}

function refuseDeclarations(text: string): void {
  const skip: [string, string][] = [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ]
  let markup = 0
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    markup += 1
    if (markup > MAX_MARKUP) {
      throw new Problem('xml-too-complex', `The document has more than ${MAX_MARKUP} tags`, {
        status: 413,
        hint: 'Divide the alert into several, or give its areas fewer parts.',
      })
    }
    const section = skip.find(([open]) => text.startsWith(open, at))
    if (section) {
      const end = text.indexOf(section[1], at + section[0].length)
      if (end === -1) throw notXml(`${section[0]} is not closed`, lineOf(text, at))
      at = end
    } else if (text.startsWith('<!', at)) {
      throw new Problem('xml-forbidden', 'The document has a DOCTYPE or another declaration', {
        where: `line ${lineOf(text, at)}`,
        hint: 'CAP needs none; remove it. Entities of your own, external ones too, are not resolved.',
      })
    } else at += 1
  }
}

function element(
  node: Node,
  outer: Scope,
  parentPath: string,
  repeatable: ReadonlySet<string>,
  index: number | undefined,
): XmlElement {
  const tag = tagOf(node) as string
  const [prefix, name] = splitName(tag)
  const scope = Object.create(outer) as Scope
  for (const [key, value] of Object.entries((node[':@'] ?? {}) as Record<string, string>)) {
    if (key === 'xmlns') scope[''] = resolve(value)
    else if (key.startsWith('xmlns:')) scope[key.slice(6)] = resolve(value)
  }
  const namespace = scope[prefix]
  if (namespace === undefined) throw notXml(`the prefix ${prefix} of ${parentPath}/${tag} is not bound to a namespace`)
  const path = `${parentPath}/${name}${index === undefined ? '' : `[${index}]`}`
  const nodes = node[tag] as Node[]
  const total = new Map<string, number>()
  for (const child of nodes) {
    const childName = nameOf(child)
    if (childName !== undefined) total.set(childName, (total.get(childName) ?? 0) + 1)
  }
  const seen = new Map<string, number>()
  const children: XmlElement[] = []
  let text = ''
  for (const child of nodes) {
    const childName = nameOf(child)
    if (childName === undefined) {
      text += child['#text'] === undefined ? cdataOf(child) : resolve(String(child['#text']))
      continue
    }
    const count = (seen.get(childName) ?? 0) + 1
    seen.set(childName, count)
    const indexed = repeatable.has(childName) || total.get(childName) !== 1
    children.push(element(child, scope, path, repeatable, indexed ? count : undefined))
  }
  const meta = node[metaData] as { startIndex?: number } | undefined
  return { name, namespace, path, text: text.replaceAll(/\r\n?/g, '\n'), children, offset: meta?.startIndex ?? -1 }
}

function tagOf(node: Node): string | undefined {
  return Object.keys(node).find((key) => key !== ':@' && key !== '#text' && key !== '#cdata')
}

function nameOf(node: Node): string | undefined {
  const tag = tagOf(node)
  return tag === undefined ? undefined : splitName(tag)[1]
}

function cdataOf(node: Node): string {
  return ((node['#cdata'] ?? []) as Node[]).map((part) => String(part['#text'] ?? '')).join('')
}

function splitName(tag: string): [prefix: string, name: string] {
  const colon = tag.indexOf(':')
  return colon === -1 ? ['', tag] : [tag.slice(0, colon), tag.slice(colon + 1)]
}

function resolve(text: string): string {
  return text.replaceAll(/&(#x[0-9a-f]+|#\d+|[^;&\s]+);/gi, (reference, name: string) => {
    if (!name.startsWith('#')) {
      const character = predefined[name]
      if (character === undefined) throw notXml(`the entity ${quote(reference)} is not defined`)
      return character
    }
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    if (code > 0x10ffff || illegal.test(String.fromCodePoint(code)))
      throw notXml(`${quote(reference)} is no character of XML`)
    return String.fromCodePoint(code)
  })
}

function notXml(reason: string, line?: number): Problem {
  return new Problem('not-xml', `Not well-formed XML: ${reason}`, line === undefined ? {} : { where: `line ${line}` })
}

/** The line, from 1, of a character of a document. */
export function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
}
