import { normaliseTime } from './cap-time.ts'
import { type Findings, quote } from './findings.ts'
import type { NamedValue } from './model.ts'
import { DSIG_NAMESPACE } from './signature-algorithms.ts'
import type { XmlElement } from './xml-tree.ts'

export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'

/** All that CAP 1.1 allows, 1.2 allows with the same meaning (it added two responseTypes and asked for offsets); 1.0 is another format. */
export const CAP_NAMESPACES: readonly string[] = [CAP_NAMESPACE, 'urn:oasis:names:tc:emergency:cap:1.1']

/**
 * Reads the children of one CAP element by name; they are of the same namespace as itself. Whatever is missing or wrong goes to `findings` and reading goes on with a stand-in,
 * which nobody sees: a document with findings is refused. An empty optional element counts as absent, as CAP writers use it.
 */
export class CapElement {
  readonly path: string
  private readonly element: XmlElement
  private readonly findings: Findings
  private readonly asked = new Set<string>()

  constructor(element: XmlElement, findings: Findings) {
    this.element = element
    this.findings = findings
    this.path = element.path
  }

  children(name: string): XmlElement[] {
    this.asked.add(name)
    return this.element.children.filter((child) => child.namespace === this.element.namespace && child.name === name)
  }

  /** The texts of a repeated element, trimmed, empty ones left out. */
  texts(name: string): string[] {
    return this.children(name).flatMap((child) => child.text.trim() || [])
  }

  optional(name: string): string | undefined {
    const [first, second] = this.children(name)
    if (second !== undefined) this.findings.problem('cap-repeated', second.path, `${name} may stand only once`)
    return first?.text.trim() || undefined
  }

  /** `{ [name]: text }`, or nothing where the element is absent: to be spread. */
  maybe<Name extends string>(name: Name): { [key in Name]?: string } {
    const text = this.optional(name)
    return text === undefined ? {} : ({ [name]: text } as { [key in Name]: string })
  }

  required(name: string): string {
    const text = this.optional(name)
    if (text === undefined) this.missing(name)
    return text ?? ''
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    const text = this.optional(name)
    if (text === undefined) this.missing(name)
    else this.checkValue(`${this.path}/${name}`, text, values)
    return (text ?? values[0]) as Value
  }

  someOf<Value extends string>(name: string, values: readonly Value[], atLeast: 0 | 1): Value[] {
    const children = this.children(name).filter((child) => child.text.trim() !== '')
    if (children.length < atLeast) this.missing(name)
    for (const child of children) this.checkValue(child.path, child.text.trim(), values)
    return children.map((child) => child.text.trim() as Value)
  }

  time<Name extends string>(name: Name): { [key in Name]?: string } {
    const text = this.optional(name)
    if (text === undefined) return {}
    const time = normaliseTime(text)
    if (time === undefined) {
      this.findings.problem('cap-time', `${this.path}/${name}`, `${quote(text)} is not a time of CAP`, TIME_HINT)
    } else if (time !== text) this.findings.note(`${this.path}/${name}`, `${text} was read as ${time}`)
    return { [name]: time ?? text } as { [key in Name]: string }
  }

  /** `parameter`, `eventCode`, `geocode`: a valueName and a value, which may be empty. */
  namedValues(name: string): NamedValue[] {
    return this.children(name).map((child) => {
      const pair = new CapElement(child, this.findings)
      const read = { valueName: pair.required('valueName'), value: pair.optional('value') ?? '' }
      pair.close()
      return read
    })
  }

  missing(name: string): void {
    this.findings.problem('cap-missing', this.path, `${name} is missing`)
  }

  /** Call when everything known has been asked for: the rest is unknown (CAP's own namespace) or left out with a note. */
  close(): void {
    for (const child of this.element.children) {
      if (child.namespace === DSIG_NAMESPACE && this.element.name === 'alert') continue
      if (child.namespace !== this.element.namespace) {
        this.findings.note(child.path, `${child.name} is not of CAP and was left out`)
      } else if (!this.asked.has(child.name)) {
        this.findings.problem('cap-unknown-element', child.path, `CAP 1.2 has no ${child.name} here`)
      }
    }
  }

  private checkValue(path: string, text: string, values: readonly string[]): void {
    if (values.includes(text)) return
    this.findings.problem('cap-value', path, `${quote(text)} is not allowed`, `One of ${values.join(', ')}.`)
  }
}

const TIME_HINT = 'Write date, time and offset: 2024-01-01T16:10:00+09:00.'
