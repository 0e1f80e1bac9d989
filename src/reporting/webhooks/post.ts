import { type LookupAddress, lookup } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Problem } from '../../lib/problem.ts'
import type { Attempt } from '../../store/webhooks/deliveries.ts'
import type { WebhookNetworks } from './networks.ts'

/** For all of an attempt. */
export const patienceMs = 10_000

/** By the names of what an AbortSignal gives as its reason. */
const reasons: Readonly<Record<string, string>> = {
  TimeoutError: `No answer within ${patienceMs / 1000} s`,
  AbortError: 'It was broken off, because the engine stopped',
}

/** Without brackets, as `isIP` and the sockets have it. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/** @throws Problem `bad-webhook-url` (422) where nothing would ever be sent to it */
export function checkUrl(text: string, networks: WebhookNetworks): void {
  const bad = (message: string, hint: string) =>
    new Problem('bad-webhook-url', message, { status: 422, where: '/url', hint })
  if (!URL.canParse(text)) throw bad('It is not a URL', 'Write https://host/path.')
  const url = new URL(text)
  const host = hostOf(url)
  const named = isIP(host) !== 0 && networks.names(host)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && named)) {
    throw bad(
      'It is not an https:// URL',
      'http:// is taken only with an address of a network that BONGSU_WEBHOOK_NETWORKS names.',
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw bad('It holds a name or a password', 'Whoever is told checks the signature instead.')
  }
  if (isIP(host) !== 0 && !networks.allows(host)) throw bad(...barred(host))
}

const barred = (address: string): [message: string, hint: string] => [
  `${address} is not an address of the public Internet`,
  'Have its network added to BONGSU_WEBHOOK_NETWORKS if that is meant.',
]

/**
 * Posts once; a redirect is an answer like others. The addresses that a name leads to are checked in the look-up of the connection
 * itself: a name that leads elsewhere a moment later leads nowhere.
 */
export async function post(
  text: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  networks: WebhookNetworks,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    // Networks may have been taken out of the setting since.
    checkUrl(text, networks)
    const status = await send(new URL(text), headers, body, networks, signal)
    const told = status >= 200 && status < 300
    return { status, error: told ? null : `It answered ${status}` }
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException
    return {
      status: null,
      error: error instanceof Problem ? message : (reasons[name] ?? code ?? message),
    }
  }
}

function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  networks: WebhookNetworks,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const sent = request(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'bongsu',
          ...headers,
        },
        agent: false,
        lookup: lookupAllowed(networks),
        signal,
      },
      (response) => {
        // What else it says is of no use, and might never end.
        resolve(response.statusCode as number)
        response.on('error', () => undefined).destroy()
      },
    )
    // AbortSignal's own reason tells a timeout from a connection that broke.
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    sent.end(body)
  })
}

const lookupAllowed =
  (networks: WebhookNetworks): LookupFunction =>
  (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '')
      const allowed = (addresses as LookupAddress[]).filter(({ address }) => networks.allows(address))
      const [first] = allowed
      if (first === undefined) {
        return done(new Problem('bad-webhook-url', barred(addresses.map(({ address }) => address).join(', '))[0]), '')
      }
      if (options.all) done(null, allowed)
      else done(null, first.address, first.family)
    })
  }
