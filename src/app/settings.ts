import { DEFAULT_SENDER } from '../alerts/issuer.ts'
import { IDENTIFIER_PATTERN } from '../alerts/model.ts'
import { parseDuration } from '../lib/duration.ts'
import { nearest } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'

/** What the environment says; see README, "Settings". */
export interface Settings {
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  readonly port: number
  readonly dataDir: string
  readonly carriersDir: string
  readonly geofencesDir: string
  /** Whose view of disputed borders is drawn: a name in viewpoints.yaml. */
  readonly viewpoint: string
  /** Trusted signers of CAP; none where it is not set. */
  readonly capTrustDir: string | undefined
  /** Accounts with CAMARA operators; none where it is not set. */
  readonly camaraDir: string | undefined
  /** Private key of the CAP feed. */
  readonly capKeyFile: string | undefined
  /** Where carriers drop files; undefined: nowhere. */
  readonly feedsDir: string | undefined
  /** A feed is silent after this time; undefined: it is learned for each. */
  readonly feedSilentAfterMs: number | undefined
  /** So long an entry of the audit log is kept; undefined: two years. */
  readonly auditKeepMs: number | undefined
  /** So long the exact place of a roamer is kept after it was reported; undefined: three days. */
  readonly placeKeepMs: number | undefined
  readonly logLevel: string
  readonly bootstrapKey: string | undefined
  /** Seals secrets in the database, base64; undefined: see loadSeal. */
  readonly secretKey: string | undefined
  /** Networks of our own that webhooks may lead to. */
  readonly webhookNetworks: string | undefined
  /** CAP `sender` of alerts that name none. */
  readonly sender: string
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
/** Of the client commands; known here so that they are no error for `serve`. */
const clientNames = ['BONGSU_URL', 'BONGSU_API_KEY', 'BONGSU_APPROVER_KEY']
const serverNames = [
  'BONGSU_PORT',
  'BONGSU_DATA_DIR',
  'BONGSU_CARRIERS_DIR',
  'BONGSU_GEOFENCES_DIR',
  'BONGSU_VIEWPOINT',
  'BONGSU_CAMARA_DIR',
  'BONGSU_CAP_TRUST_DIR',
  'BONGSU_CAP_KEY_FILE',
  'BONGSU_FEEDS_DIR',
  'BONGSU_FEED_SILENT_AFTER',
  'BONGSU_AUDIT_KEEP',
  'BONGSU_PLACE_KEEP',
  'BONGSU_LOG_LEVEL',
  'BONGSU_BOOTSTRAP_KEY',
  'BONGSU_SECRET_KEY',
  'BONGSU_WEBHOOK_NETWORKS',
  'BONGSU_SENDER',
]

type Environment = Readonly<Record<string, string | undefined>>

/** @throws Problem for an unknown `BONGSU_*` name, with the nearest known one, and for a value that cannot be used. */
export function readSettings(env: Environment): Settings {
  refuseUnknownNames(env)
  return {
    databaseUrl: urlOf('DATABASE_URL', ['postgresql:', 'postgres:'], env.DATABASE_URL),
    redisUrl: urlOf('REDIS_URL', ['redis:', 'rediss:'], env.REDIS_URL),
    port: portOf(env.BONGSU_PORT),
    dataDir: given(env.BONGSU_DATA_DIR) ?? './data',
    carriersDir: given(env.BONGSU_CARRIERS_DIR) ?? './carriers',
    geofencesDir: given(env.BONGSU_GEOFENCES_DIR) ?? './geofences',
    viewpoint: given(env.BONGSU_VIEWPOINT) ?? 'de-facto',
    camaraDir: given(env.BONGSU_CAMARA_DIR),
    capTrustDir: given(env.BONGSU_CAP_TRUST_DIR),
    capKeyFile: given(env.BONGSU_CAP_KEY_FILE),
    feedsDir: given(env.BONGSU_FEEDS_DIR),
    feedSilentAfterMs: durationOf('BONGSU_FEED_SILENT_AFTER', env.BONGSU_FEED_SILENT_AFTER),
    auditKeepMs: auditKeepOf(env.BONGSU_AUDIT_KEEP),
    placeKeepMs: durationOf('BONGSU_PLACE_KEEP', env.BONGSU_PLACE_KEEP),
    logLevel: levelOf(env.BONGSU_LOG_LEVEL),
    bootstrapKey: bootstrapKeyOf(env.BONGSU_BOOTSTRAP_KEY),
    secretKey: given(env.BONGSU_SECRET_KEY),
    webhookNetworks: given(env.BONGSU_WEBHOOK_NETWORKS),
    sender: senderOf(env.BONGSU_SENDER),
  }
}

const prefix = 'BONGSU_'

/** @throws Problem `unknown-setting` with a detail for each `BONGSU_*` name that is not known, and the nearest that is */
export function refuseUnknownNames(env: Environment): void {
  const known = [...serverNames, ...clientNames]
  const unknown = Object.keys(env).filter((name) => name.startsWith(prefix) && !known.includes(name))
  if (unknown.length === 0) return
  throw new Problem('unknown-setting', 'the environment holds settings that are not known', {
    details: unknown.map((name) => {
      // What all have in common makes nothing alike: BONGSU_TOKN is no BONGSU_PORT.
      const near = nearest(
        name.slice(prefix.length),
        known.map((one) => one.slice(prefix.length)),
      )
      return new Problem('unknown-setting', `${name} is not known`, {
        hint: near ? `Did you mean ${prefix}${near}?` : `Known: ${known.join(', ')}.`,
      })
    }),
  })
}

const given = (value: string | undefined) => (value === undefined || value === '' ? undefined : value)

function portOf(text: string | undefined): number {
  const port = Number(given(text) ?? 8080)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Problem('bad-setting', `"${text}" is not a TCP port`, {
    where: 'BONGSU_PORT',
    hint: 'Use a number from 0 (any free one) to 65535.',
  })
}

function durationOf(name: string, text: string | undefined): number | undefined {
  const duration = given(text)
  return duration === undefined ? undefined : parseDuration(duration, name)
}

/** A year: of what is younger the database itself refuses to lose an entry (migration 0021). */
const leastAuditDays = 365

function auditKeepOf(text: string | undefined): number | undefined {
  const keepMs = durationOf('BONGSU_AUDIT_KEEP', text)
  if (keepMs === undefined || keepMs >= leastAuditDays * 86_400_000) return keepMs
  throw new Problem('bad-setting', `${text} is shorter than the audit log has to be kept`, {
    where: 'BONGSU_AUDIT_KEEP',
    hint: `Use ${leastAuditDays}d or more; left out it is 730d.`,
  })
}

function senderOf(text: string | undefined): string {
  const sender = given(text) ?? DEFAULT_SENDER
  if (new RegExp(IDENTIFIER_PATTERN).test(sender) && !/\p{Cc}/u.test(sender)) return sender
  throw new Problem('bad-setting', `"${sender}" cannot be the sender of an alert`, {
    where: 'BONGSU_SENDER',
    hint: 'CAP 1.2 takes no white space, comma, < or & there: use a name of the Internet, such as alerts@mofa.go.kr.',
  })
}

function levelOf(text: string | undefined): string {
  const level = given(text) ?? 'info'
  if (logLevels.includes(level)) return level
  throw new Problem('bad-setting', `"${level}" is not a log level`, {
    where: 'BONGSU_LOG_LEVEL',
    hint: `Use one of ${logLevels.join(', ')}.`,
  })
}

function urlOf(name: string, protocols: readonly string[], text: string | undefined): string | undefined {
  const url = given(text)
  if (url === undefined || (URL.canParse(url) && protocols.includes(new URL(url).protocol))) return url
  // The value may hold a password: it is not shown.
  throw new Problem('bad-setting', `it is not a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`, {
    where: name,
  })
}

function bootstrapKeyOf(text: string | undefined): string | undefined {
  const key = given(text)
  if (key === undefined || key.length >= 16) return key
  throw new Problem('weak-bootstrap-key', 'the key has fewer than 16 characters', {
    where: 'BONGSU_BOOTSTRAP_KEY',
    hint: 'Use a random one, for example from `openssl rand -base64 32`.',
  })
}
