import { Problem } from '../lib/problem.ts'
import type { CarrierProfile } from './schema.ts'

/** GSM takes 11 characters as an alphanumeric sender (3GPP TS 23.040 §9.1.2.5). */
const longestName = 11
const alphanumeric = 5

/** What no schema sees: values that are possible each, and wrong together. `file` is said to people. */
export function senselessIn(profile: CarrierProfile, file: string): Problem[] {
  const problems: Problem[] = []
  const wrong = (where: string, message: string, hint: string) =>
    problems.push(new Problem('bad-value', message, { where: `${file}/${where}`, hint }))
  const { links, source, text, timers } = profile

  links.forEach((link, i) => {
    for (const key of ['ca', 'serverName'] as const) {
      if (link[key] !== undefined && !link.tls)
        wrong(`links/${i}/${key}`, `${key} is given for a link without TLS`, 'Set `tls: true`, or remove it.')
    }
    if (link.ca !== undefined && !link.ca.includes('-----BEGIN CERTIFICATE-----'))
      wrong(`links/${i}/ca`, 'the file holds no certificate in PEM', 'It begins with -----BEGIN CERTIFICATE-----.')
  })
  if (source.ton === alphanumeric && source.addr.length > longestName)
    wrong('source/addr', `a name of ${source.addr.length} characters`, `Phones show ${longestName} at most.`)
  if (source.ton === 1 && !/^\d+$/.test(source.addr))
    wrong('source/addr', 'an international number (ton 1) has digits only', 'A name is `ton: 5, npi: 0`.')
  // As encodeText would say of every text, when it is too late.
  if (text.segmentOctets > 140)
    wrong('text/segmentOctets', `a segment of ${text.segmentOctets} octets`, 'A segment holds 140 octets at most.')
  if (text.segmentOctets - text.reserveOctets < 24)
    wrong('text/reserveOctets', 'it leaves no room for a text', 'Keep 24 octets of segmentOctets at least.')

  if (profile.simulated && profile.live)
    wrong(
      'simulated',
      'a simulated carrier that is live',
      'Set `live: false` as well: real alerts have to reach telephones.',
    )

  for (const [key, ms] of [
    ['timers/enquireLink', timers.enquireLinkMs],
    ['timers/response', timers.responseMs],
    ['timers/reconnect/0', timers.reconnectMs[0]],
  ] as const) {
    if (ms < 10) wrong(key, `${ms} ms`, 'Use 10ms at least; seconds are usual.')
  }
  if (timers.reconnectMs[0] > timers.reconnectMs[1])
    wrong('timers/reconnect', 'the first pause is longer than the longest', 'Write the shorter one first.')
  return problems
}
