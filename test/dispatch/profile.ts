import { parseProfile } from '../../src/carriers/load.ts'
import type { CarrierProfile } from '../../src/carriers/schema.ts'

/** A carrier profile for tests: a fast, patient carrier on loopback. */
export function testProfile(port: number, changes: readonly string[] = [], id = 'test-carrier'): CarrierProfile {
  const base = {
    id,
    reaches: '[{ population: roamers }, { population: residents }]',
    links: `[{ host: 127.0.0.1, port: ${port} }]`,
    systemId: 'bongsu',
    password: 'secret',
    throughput: '2000',
    source: '{ ton: 1, npi: 1, addr: "82232100404" }',
    timers: '{ enquireLink: 30s, response: 2s, reconnect: [50ms, 200ms] }',
  }
  const changed = changes.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const)
  const yaml = Object.entries({ ...base, ...Object.fromEntries(changed) }).map(([key, value]) => `${key}: ${value}`)
  return parseProfile(yaml.join('\n'), `${id}.yaml`, {})
}
