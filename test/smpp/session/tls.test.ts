import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { builtFile } from '../../support/built.ts'
import { selfSigned } from './certificate.ts'
import { Client, Peer } from './peer.ts'

describe('a link over TLS', () => {
  let dir: string
  let peer: Peer
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bongsu-tls-'))
  })
  afterEach(async () => {
    await peer.close()
    await rm(dir, { recursive: true })
  })

  /** How a link that trusts the peer's certificate fares. */
  async function trusting(cert: string): Promise<string> {
    const file = join(dir, 'authority.pem')
    await writeFile(file, cert)
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: file }
    const args = [builtFile('test/smpp/session/tls-child.ts'), String(peer.port)]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env })
    // No warning either: an IP address must not be given as a server name.
    expect(stderr).toBe('')
    return stdout
  }

  it('binds where the certificate is trusted and names the host', async () => {
    const { key, cert } = selfSigned('127.0.0.1')
    peer = await Peer.listen({ key, cert })
    expect(await trusting(cert)).toBe('bound')
  })

  it('refuses a trusted certificate of another host before anything is sent', async () => {
    const { key, cert } = selfSigned('10.1.2.3')
    peer = await Peer.listen({ key, cert })
    expect(await trusting(cert)).toContain('does not match')
    expect(peer.connections.flatMap(({ received }) => received)).toEqual([])
  })

  it('trusts the CA that it is given, and takes the name that it is told for that of the certificate', async () => {
    const { key, cert } = selfSigned('10.1.2.3')
    peer = await Peer.listen({ key, cert })
    const address = { host: '127.0.0.1', port: peer.port, tls: true, ca: cert }
    const right = new Client(peer, { addresses: [{ ...address, serverName: '10.1.2.3' }] })
    await peer.until(() => right.bound === 1)
    await right.link.stop()
    const wrong = new Client(peer, { addresses: [address] })
    await peer.until(() => wrong.ends.length > 0)
    expect(wrong.ends[0]).toMatchObject({ end: { kind: 'lost', reason: expect.stringContaining('does not match') } })
    expect(wrong.bound).toBe(0)
    await wrong.link.stop()
  })

  it('refuses a self-signed certificate, and tries again later', async () => {
    peer = await Peer.listen(selfSigned('127.0.0.1'))
    const client = new Client(peer, { addresses: [{ host: '127.0.0.1', port: peer.port, tls: true }] })
    await peer.until(() => client.ends.length === 2)
    expect(client.ends[0]).toMatchObject({ end: { kind: 'lost', reason: expect.stringContaining('self') } })
    expect(client.bound).toBe(0)
    expect(peer.connections.flatMap(({ received }) => received)).toEqual([])
    await client.link.stop()
  })
})
