import { CapElement } from './cap-element.ts'
import { Findings, quote } from './findings.ts'
import type { Resource } from './model.ts'
import type { XmlElement } from './xml-tree.ts'

/**
 * A `resource` (CAP 1.2 §3.2.3). It changes nothing of who is told or what: an incomplete one is left out with a note, where an
 * incomplete alert would be refused. `derefUri`, the file itself in base64, is not kept.
 */
export function readResource(child: XmlElement, findings: Findings): Resource | undefined {
  const own = new Findings()
  const element = new CapElement(child, own)
  const resource: Resource = {
    resourceDesc: element.required('resourceDesc'),
    mimeType: element.required('mimeType'),
    ...readSize(element, own),
    ...element.maybe('uri'),
    ...element.maybe('digest'),
  }
  const held = element.optional('derefUri')
  element.close()
  const [problem] = own.problems
  if (problem !== undefined) {
    findings.note(child.path, `The resource was left out: ${problem.message}`)
    return undefined
  }
  for (const note of own.notes) findings.note(note.where, note.message)
  if (held !== undefined) {
    const message = `Files do not travel by SMS; the ${held.length} characters of the file itself were left out`
    findings.note(`${child.path}/derefUri`, message)
  }
  return resource
}

function readSize(element: CapElement, findings: Findings): { size?: number } {
  const text = element.optional('size')
  if (text === undefined) return {}
  const size = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(size)) return { size }
  findings.problem('cap-value', `${element.path}/size`, `${quote(text)} is not a number of octets`)
  return {}
}
