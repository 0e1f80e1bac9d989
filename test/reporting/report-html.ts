import { DOMParser } from '@xmldom/xmldom'

/** What these tests read of a document; xmldom's own types are the browser's. */
export interface Tree {
  readonly nodeName: string
  readonly textContent: string | null
  readonly childNodes: ArrayLike<Tree>
  readonly attributes?: ArrayLike<{ readonly name: string; readonly value: string }>
  getElementsByTagName(name: string): ArrayLike<Tree>
  getAttribute(name: string): string
}

/** The root of a page, parsed as strictly as XML is: any warning is an error. */
export function parsePage(page: string): Tree {
  const refuse = (message: string) => {
    throw new Error(message)
  }
  const parser = new DOMParser({ errorHandler: { warning: refuse, error: refuse, fatalError: refuse } })
  return parser.parseFromString(page, 'application/xhtml+xml').documentElement as unknown as Tree
}

export const elements = (of: Tree, name: string): Tree[] => Array.from(of.getElementsByTagName(name))

export const textOf = (node: Tree): string => (node.textContent ?? '').replace(/\s+/g, ' ').trim()

/** What is to be read on it. */
export const bodyOf = (page: Tree): string => textOf(elements(page, 'body')[0] as Tree)

/** The cells of each row of the table whose caption begins so, without its head. */
export function rowsOf(page: Tree, caption: string): string[][] {
  const found = elements(page, 'table').find((table) =>
    textOf(elements(table, 'caption')[0] as Tree).startsWith(caption),
  )
  if (found === undefined) throw new Error(`there is no table "${caption}"`)
  const rows = elements(found, 'tr').map((row) =>
    Array.from(row.childNodes)
      .filter(({ nodeName }) => nodeName === 'th' || nodeName === 'td')
      .map(textOf),
  )
  return rows.slice(1)
}

/** `1,234` */
export const numberOf = (text: string): number => Number(text.replaceAll(',', ''))
