import { BlockList, isIP } from 'node:net'
import { Problem } from '../../lib/problem.ts'

/**
 * What is not of the public Internet (the special-purpose registries of IANA, RFC 6890): who may set a webhook must not thereby ask
 * servers that only this machine reaches, the metadata service of a cloud first of all.
 */
const notPublic: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Of IPv6 only global unicast is public, and of that not what holds an IPv4 address (6to4, Teredo) or documents.
  ['::', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['4000::', 2],
  ['8000::', 1],
]

/** Where webhooks may lead: everywhere in public by https, and besides that to networks that the operator names, also by http. */
export class WebhookNetworks {
  readonly #barred = new BlockList()
  readonly #named = new BlockList()

  /** @param text `10.1.0.0/16,127.0.0.1`; @throws Problem `bad-setting` */
  constructor(text = '') {
    for (const [network, prefix] of notPublic) this.#barred.addSubnet(network, prefix, familyOf(network))
    for (const one of text.split(',').map((part) => part.trim())) if (one !== '') this.#name(one)
  }

  #name(text: string): void {
    const [network = '', prefix] = text.split('/')
    const most = isIP(network) === 6 ? 128 : 32
    const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
    if (isIP(network) === 0 || !(bits <= most)) {
      throw new Problem('bad-setting', `"${text}" is not a network`, {
        where: 'BONGSU_WEBHOOK_NETWORKS',
        hint: 'Write addresses or networks, separated by commas: 127.0.0.1,10.1.0.0/16,fd00:1::/32.',
      })
    }
    this.#named.addSubnet(network, bits, familyOf(network))
  }

  /** Whether an address is of the networks that the operator named. */
  names(address: string): boolean {
    return this.#named.check(address, familyOf(address))
  }

  /** Whether an address may be connected to. BlockList takes `::ffff:10.0.0.1` for the IPv4 address that it is. */
  allows(address: string): boolean {
    return this.names(address) || !this.#barred.check(address, familyOf(address))
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
