import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { parseDuration } from '../lib/duration.ts'
import { Problem } from '../lib/problem.ts'
import { errorsByStatus } from './error-statuses.ts'
import { type CarrierLink, type CarrierProfile, CarrierProfileSchema, type RawCarrierProfile } from './schema.ts'
import { explainSchemaError } from './schema-findings.ts'
import { type Environment, readText, resolveSecrets } from './secrets.ts'
import { senselessIn } from './sense.ts'

const ajv = new Ajv({ useDefaults: true, allErrors: true, verbose: true })
const validate = ajv.compile<RawCarrierProfile>(CarrierProfileSchema)

/**
 * Reads every `*.yaml` of the folder. A carrier that cannot be read must not be left out silently, or its people would not
 * be told: all findings of all files come together as one Problem.
 */
export async function loadProfiles(folder: string, env: Environment): Promise<CarrierProfile[]> {
  const files = (
    await readdir(folder).catch(() => {
      throw new Problem('no-carriers', `the carriers folder ${folder} cannot be read`, {
        hint: 'Set BONGSU_CARRIERS_DIR to a folder of carrier profiles.',
      })
    })
  )
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
  const profiles: CarrierProfile[] = []
  const problems: Problem[] = []
  for (const file of files) {
    try {
      profiles.push(parseProfile(await readFile(join(folder, file), 'utf8'), file, env, folder))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problems.push(error)
    }
  }
  if (problems.length > 0)
    throw new Problem(
      'bad-carrier-profile',
      `${problems.length} of ${files.length} carrier profiles in ${folder} cannot be used`,
      { details: problems },
    )
  return profiles
}

/** One profile from its YAML; throws one Problem with a detail for each finding. Paths in it begin at `folder`. */
export function parseProfile(yaml: string, file: string, env: Environment, folder = '.'): CarrierProfile {
  let value: unknown
  try {
    value = parse(yaml)
  } catch (error) {
    throw new Problem('bad-carrier-profile', `not YAML: ${(error as Error).message.split('\n')[0]}`, { where: file })
  }
  const problems: Problem[] = []
  const resolved = resolveSecrets(value, file, env, problems)
  if (!validate(resolved))
    problems.push(
      ...(validate.errors ?? []).map((error) => explainSchemaError(error, file, 'a carrier profile', value)),
    )
  else if (`${resolved.id}` !== basename(file).replace(/\.ya?ml$/, '')) {
    problems.push(
      new Problem('bad-carrier-profile', `the id is "${resolved.id}"`, {
        where: file,
        hint: `Name the file ${resolved.id}.yaml, or change the id.`,
      }),
    )
  }
  const profile = problems.length > 0 ? undefined : finish(resolved as RawCarrierProfile, file, folder, problems)
  if (profile && problems.length === 0) problems.push(...senselessIn(profile, file))
  if (profile && problems.length === 0) return profile
  throw new Problem('bad-carrier-profile', `${file} cannot be used`, { details: problems })
}

function finish(raw: RawCarrierProfile, file: string, folder: string, problems: Problem[]): CarrierProfile {
  const { validity, receipts, timers, downAfter, ...rest } = raw
  const { finalAfter, ...receiptRules } = receipts
  return {
    ...rest,
    name: raw.name ?? raw.id,
    links: raw.links.map((link, i) => linkOf(link, `${file}/links/${i}/ca`, folder, problems)),
    validity: { form: validity.form, maxMs: parseDuration(validity.max) },
    receipts: { ...receiptRules, finalAfterMs: parseDuration(finalAfter) },
    errors: errorsByStatus(raw.errors, file, problems),
    timers: {
      enquireLinkMs: parseDuration(timers.enquireLink),
      responseMs: parseDuration(timers.response),
      reconnectMs: [parseDuration(timers.reconnect[0] as string), parseDuration(timers.reconnect[1] as string)],
    },
    downAfterMs: parseDuration(downAfter),
  }
}

function linkOf(
  { ca, ...link }: RawCarrierProfile['links'][number],
  where: string,
  folder: string,
  problems: Problem[],
): CarrierLink {
  if (ca === undefined) return link
  try {
    return { ...link, ca: readText(resolve(folder, ca), 'bad-value', '`ca`', where) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    problems.push(error)
    return link
  }
}
