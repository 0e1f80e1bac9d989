import { createPrivateKey } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { parseDuration } from '../../lib/duration.ts'
import { Problem } from '../../lib/problem.ts'
import { explainSchemaError } from '../schema-findings.ts'
import { type Environment, resolveSecrets } from '../secrets.ts'
import { type CamaraOperator, CamaraOperatorSchema, type RawCamaraOperator } from './operator-schema.ts'

const ajv = new Ajv({ useDefaults: true, allErrors: true, verbose: true })
const validate = ajv.compile<RawCamaraOperator>(CamaraOperatorSchema)

/** Reads every `*.yaml` of the folder; all findings of all files come together as one Problem. None without a folder. */
export async function loadOperators(folder: string | undefined, env: Environment): Promise<CamaraOperator[]> {
  if (folder === undefined) return []
  const files = (
    await readdir(folder).catch(() => {
      throw new Problem('no-camara-dir', `the folder ${folder} cannot be read`, {
        hint: 'Set BONGSU_CAMARA_DIR to a folder of CAMARA operators, or leave it out.',
      })
    })
  )
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
  const operators: CamaraOperator[] = []
  const problems: Problem[] = []
  for (const file of files) {
    try {
      operators.push(parseOperator(await readFile(join(folder, file), 'utf8'), file, env))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problems.push(error)
    }
  }
  if (problems.length === 0) return operators
  throw new Problem(
    'bad-camara-operator',
    `${problems.length} of ${files.length} CAMARA operators in ${folder} cannot be used`,
    { details: problems },
  )
}

/** One operator from its YAML; throws one Problem with a detail for each finding. */
export function parseOperator(yaml: string, file: string, env: Environment): CamaraOperator {
  let value: unknown
  try {
    value = parse(yaml)
  } catch (error) {
    throw new Problem('bad-camara-operator', `not YAML: ${(error as Error).message.split('\n')[0]}`, { where: file })
  }
  const problems: Problem[] = []
  const resolved = resolveSecrets(value, file, env, problems)
  if (!validate(resolved)) {
    const findings = validate.errors ?? []
    problems.push(...findings.map((error) => explainSchemaError(error, file, 'a CAMARA operator', value)))
  }
  const operator = problems.length > 0 ? undefined : finish(resolved as RawCamaraOperator)
  if (operator) problems.push(...senselessIn(operator, file))
  if (operator && problems.length === 0) return operator
  throw new Problem('bad-camara-operator', `${file} cannot be used`, { details: problems })
}

function finish({ name, lifetime, renewBefore, timeout, ...raw }: RawCamaraOperator): CamaraOperator {
  return {
    ...raw,
    name: name ?? raw.id,
    apiRoot: withoutSlash(raw.apiRoot),
    subscriptions: withoutSlash(raw.subscriptions),
    roamingStatus: withoutSlash(raw.roamingStatus),
    lifetimeMs: parseDuration(lifetime),
    renewBeforeMs: parseDuration(renewBefore),
    timeoutMs: parseDuration(timeout),
  }
}

const withoutSlash = (path: string) => path.replace(/^\/+|\/+$/g, '')

function senselessIn(operator: CamaraOperator, file: string): Problem[] {
  const found: Problem[] = []
  const bad = (where: string, message: string, hint?: string) =>
    found.push(new Problem('bad-value', message, { where: `${file}${where}`, ...(hint === undefined ? {} : { hint }) }))
  if (operator.id !== basename(file).replace(/\.ya?ml$/, '')) {
    bad('/id', `the id is "${operator.id}"`, `Name the file ${operator.id}.yaml, or change the id.`)
  }
  // A token in clear text is anybody's; without a network between, as in a trial on one machine, nobody reads it.
  const urls = { '/apiRoot': operator.apiRoot, '/oauth/tokenUrl': operator.oauth.tokenUrl }
  for (const [where, url] of Object.entries(urls)) {
    if (!isSafe(url)) bad(where, 'it is not an https:// URL', 'http:// is taken for 127.0.0.1 and localhost only.')
  }
  if (!URL.canParse(operator.sink.url)) bad('/sink/url', 'it is not a URL')
  const { clientSecret, clientKey } = operator.oauth
  if ((clientSecret === undefined) === (clientKey === undefined)) {
    bad('/oauth', 'one of clientSecret and clientKey is needed, not both')
  }
  if (clientKey !== undefined && !isSigningKey(clientKey)) {
    bad('/oauth/clientKey', 'it is not a private key in PEM, of RSA or EC P-256')
  }
  if (operator.renewBeforeMs * 2 > operator.lifetimeMs) {
    bad('/renewBefore', 'it is more than half of lifetime', 'A subscription would be renewed for most of its time.')
  }
  return found
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const local = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  return plain && (url.protocol === 'https:' || (url.protocol === 'http:' && local))
}

function isSigningKey(pem: string): boolean {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPrivateKey(pem)
    return type === 'rsa' || (type === 'ec' && details?.namedCurve === 'prime256v1')
  } catch {
    return false
  }
}
