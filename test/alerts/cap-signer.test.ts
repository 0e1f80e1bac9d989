import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSigner, signerOfDataDir } from '../../src/alerts/cap-signer.ts'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { readTrustedKeys } from '../../src/alerts/signature-keys.ts'
import { loadCapKeys } from '../../src/app/cap-keys.ts'
import { createLogger } from '../../src/lib/log.ts'
import { randomAlert } from './random-alert.ts'
import { capText } from './sample.ts'
import { ec, rsa } from './signing.ts'

let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-signer-'))
})

afterAll(() => rm(dir, { recursive: true }))

const log = createLogger('silent')
const pem = (key = rsa.privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

describe('the key of a data directory', () => {
  it('is made once, for its owner only, whoever comes first', async () => {
    const signers = await Promise.all([signerOfDataDir(dir), signerOfDataDir(dir)])
    signers.push(await signerOfDataDir(dir))
    expect(new Set(signers.map(({ fingerprint }) => fingerprint)).size).toBe(1)
    expect(await readdir(dir)).toEqual(['cap-signing-key.pem'])
    expect((await stat(join(dir, 'cap-signing-key.pem'))).mode & 0o777).toBe(0o600)
  })

  it('that is damaged is not replaced in silence', async () => {
    const other = await mkdtemp(join(tmpdir(), 'bongsu-signer-'))
    try {
      await writeFile(join(other, 'cap-signing-key.pem'), 'x')
      await expect(signerOfDataDir(other)).rejects.toMatchObject({ code: 'cap-key' })
    } finally {
      await rm(other, { recursive: true })
    }
  })
})

describe('the keys of an engine', () => {
  it('are those of the settings', async () => {
    const file = join(dir, 'ec.pem')
    await writeFile(file, pem(ec.privateKey))
    const { capSigner, trustedKeys } = await loadCapKeys(
      { databaseUrl: 'postgresql://x', dataDir: dir, capKeyFile: file },
      log,
    )
    expect(capSigner?.fingerprint).toBe((await loadSigner(file)).fingerprint)
    expect(trustedKeys).toEqual([])
  })

  it('are one of its own without any, and none where several processes share a database', async () => {
    expect((await loadCapKeys({ databaseUrl: undefined, dataDir: dir }, log)).capSigner?.fingerprint).toBe(
      (await signerOfDataDir(dir)).fingerprint,
    )
    expect((await loadCapKeys({ databaseUrl: 'postgresql://x', dataDir: dir }, log)).capSigner).toBeUndefined()
  })

  it.each([
    ['no file', undefined],
    ['no key', 'x'],
    ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ])('are refused with %s, which is named', async (_, text) => {
    const file = join(dir, 'refused.pem')
    if (text !== undefined) await writeFile(file, text)
    await expect(loadSigner(file)).rejects.toMatchObject({ code: 'cap-key', where: file })
  })
})

describe('what is signed', () => {
  it('with RSA and EC is read as signed by that key', async () => {
    for (const key of [rsa.privateKey, ec.privateKey]) {
      const file = join(dir, `${key.asymmetricKeyType}.pem`)
      await writeFile(file, pem(key))
      const signer = await loadSigner(file)
      const xml = await signer.sign(writeCapXml(parseCapXml(capText()).alert))
      const { notes, warnings } = parseCapXml(xml, readTrustedKeys(signer.publicPem, 'us.pem'))
      expect(notes.map(({ message }) => message)).toEqual(['Signature valid, signed by us.pem'])
      expect(warnings).toEqual([])
    }
  })

  it('is canonical as it is written, whatever an alert holds', async () => {
    const signer = await signerOfDataDir(dir)
    const trusted = readTrustedKeys(signer.publicPem, 'us.pem')
    for (let seed = 1; seed <= 60; seed++) {
      const alert = { ...randomAlert(seed), note: `a\r\nb\rc\t"d" 'e' <f> &amp; ]]> \u0085\u2028 한 ${seed} 🌊` }
      const { notes } = parseCapXml(await signer.sign(writeCapXml(alert)), trusted)
      expect(
        notes.map(({ message }) => message),
        `seed ${seed}`,
      ).toContain('Signature valid, signed by us.pem')
    }
  })
})
