import { randomBytes, randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../lib/problem.ts'
import { Seal } from '../lib/seal.ts'

const fileName = 'secret.key'
const octets = 32

interface SecretKeySettings {
  /** BONGSU_SECRET_KEY */
  readonly secretKey?: string | undefined
  readonly databaseUrl: string | undefined
  readonly dataDir: string
}

/**
 * What seals secrets in the database. A key of one's own is made only where one process has the database to itself: several that share
 * one (`DATABASE_URL`) need the same key, and a key in the database would be in its backups. Undefined: there is none.
 * @throws Problem `bad-setting`
 */
export async function loadSeal({ secretKey, databaseUrl, dataDir }: SecretKeySettings): Promise<Seal | undefined> {
  if (secretKey !== undefined) return sealOf(secretKey, 'BONGSU_SECRET_KEY')
  if (databaseUrl !== undefined) return undefined
  const file = join(dataDir, fileName)
  return sealOf((await keyIn(file)) ?? (await makeKey(file)), file)
}

function sealOf(text: string, where: string): Seal {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === octets) return new Seal(key)
  throw new Problem('bad-setting', `It is not a key of ${octets} octets in base64`, {
    where,
    hint: `Make one with \`openssl rand -base64 ${octets}\`, and keep it: what it sealed cannot be read without it.`,
  })
}

const keyIn = (file: string): Promise<string | undefined> =>
  readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

/** Written aside and linked, so that nobody reads half a key; of two who make one at once, one wins. */
async function makeKey(file: string): Promise<string> {
  const draft = `${file}.${randomUUID()}.tmp`
  await writeFile(draft, `${randomBytes(octets).toString('base64')}\n`, { mode: 0o600 })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  return (await keyIn(file)) as string
}
