import { type CapSigner, loadSigner, signerOfDataDir } from '../alerts/cap-signer.ts'
import { loadTrustedKeys, type TrustedKey } from '../alerts/signature-keys.ts'
import type { Logger } from '../lib/log.ts'

export interface CapKeys {
  readonly trustedKeys: readonly TrustedKey[]
  readonly capSigner: CapSigner | undefined
}

export interface CapKeySettings {
  readonly capTrustDir?: string | undefined
  readonly capKeyFile?: string | undefined
  readonly databaseUrl: string | undefined
  readonly dataDir: string
}

/**
 * The keys of what comes as CAP and of what is published as such. A key of one's own is made only where one process has the database
 * to itself: several that share one (`DATABASE_URL`) would each sign with another, and a key in the database would be in its backups.
 */
export async function loadCapKeys(settings: CapKeySettings, log: Logger): Promise<CapKeys> {
  const { capTrustDir, capKeyFile, databaseUrl, dataDir } = settings
  const trustedKeys = capTrustDir === undefined ? [] : await loadTrustedKeys(capTrustDir)
  if (capKeyFile !== undefined) return { trustedKeys, capSigner: await loadSigner(capKeyFile) }
  if (databaseUrl === undefined) return { trustedKeys, capSigner: await signerOfDataDir(dataDir) }
  log.info('the public CAP feed is not signed: BONGSU_CAP_KEY_FILE is not set')
  return { trustedKeys, capSigner: undefined }
}
