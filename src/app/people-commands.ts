import type { Command } from 'commander'
import { ROLES, type Role } from '../alerts/lifecycle.ts'
import { openApiTags } from '../api/openapi.ts'
import { hashPassword, oneTimePassword } from '../api/passwords.ts'
import { timeOf } from '../api/times.ts'
import { parseDuration } from '../lib/duration.ts'
import { nearest } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import type { Database } from '../store/database.ts'
import { addKey, type KeyRights, revokeKey } from '../store/people/keys.ts'
import { addPerson, changePerson, resetPassword } from '../store/people/users.ts'
import { listPeople, type PersonRow } from '../store/reports/people.ts'
import { doubtsOn } from '../subscribers/feed-rights.ts'
import { withDatabase } from './with-database.ts'

/** Whoever may run these has the database anyway. */
const actor = 'cli'

/** `bongsu users …` and `bongsu keys …`, on the database: also where nobody can sign in yet, or any more. */
export function registerPeopleCommands(program: Command): void {
  const users = program.command('users').description('people, their roles and passwords')
  users
    .command('add')
    .description('add a person, or roles to one, with a key of the first role: printed last, and only now')
    .requiredOption('--name <name>', 'the name of the person')
    .requiredOption('--role <role>', `${ROLES.join(', ')}; may be repeated`, collect)
    .option('--missions <list>', 'mission staff: ids with commas; they see what concerns these alone')
    .option('--password', 'also a password for the first sign-in, which has to be changed there')
    .action(addUser)
  users
    .command('list')
    .description('who there is, with roles and keys')
    .action(() =>
      withDatabase(async (db) => {
        for (const one of await listPeople(db.pool)) print(lineOf(one))
      }),
    )
  for (const disabled of [true, false]) {
    users
      .command(disabled ? 'disable' : 'enable')
      .argument('<name>')
      .description(disabled ? 'make all keys and sessions of a person void' : 'let the keys of a person hold again')
      .action((name: string) =>
        withDatabase(async (db) => changePerson(db, (await personNamed(db, name)).id, { disabled }, actor)),
      )
  }
  users
    .command('reset')
    .argument('<name>')
    .description('a new first password; the second factor goes and the sessions end, the keys stay')
    .action((name: string) =>
      withDatabase(async (db) => print(await newPassword(db, (await personNamed(db, name)).id))),
    )

  const keys = program.command('keys').description('API keys of people')
  keys
    .command('add')
    .description('make a key of a person (made if new); the key is printed last, and only now')
    .requiredOption('--role <role>', ROLES.join(', '))
    .requiredOption('--name <name>', 'the name of the person')
    .option('--label <text>', 'what it is for')
    .option('--expires <time>', 'void from then on: 2027-01-01T00:00:00Z, or 90d from now')
    .option('--scopes <list>', 'parts of the API, alerts:read,reports (default: all of the role)')
    .option('--hplmns <list>', 'of a carrier: home networks, 45008,45002; it writes of their subscribers only')
    .option('--silent-after <duration>', 'of a carrier: its feed is silent after 30m, 6h (default: learned)')
    .action(makeKey)
  keys
    .command('revoke')
    .argument('<id>', 'of `bongsu users list`')
    .description('make a key void, everywhere within three seconds')
    .action((id: string) => withDatabase((db) => revokeKey(db, keyIdOf(id), actor)))
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const collect = (value: string, before: string[] = []) => [...before, value]
const listOf = (text: string | undefined) => text?.split(',').map((one) => one.trim())

interface UserFlags {
  readonly name: string
  readonly role: string[]
  readonly missions?: string
  readonly password?: true
}

async function addUser({ name: given, role, missions: listed, password }: UserFlags): Promise<void> {
  const name = given.trim()
  const roles = role.map(roleOf)
  const missions = listOf(listed)
  const ofSessions = roles.filter((one) => one !== 'carrier')
  await withDatabase(async (db) => {
    const known = (await listPeople(db.pool)).find((one) => one.name === name)
    const id = known?.id ?? (await addPerson(db, name, { roles: ofSessions, missions }, actor))
    if (known !== undefined) {
      await changePerson(db, id, { roles: [...ofSessions, ...(known.roles as Role[])], missions }, actor)
    }
    const first = password ? await newPassword(db, id) : undefined
    const key = await addKey(db, name, roles[0] as Role, actor)
    if (first !== undefined) print(`first password: ${first}`)
    print(key)
  })
}

async function newPassword(db: Database, id: number): Promise<string> {
  const password = oneTimePassword()
  await resetPassword(db, id, await hashPassword(password), actor)
  return password
}

async function personNamed(db: Database, name: string): Promise<PersonRow> {
  const people = await listPeople(db.pool)
  const found = people.find((one) => one.name === name)
  if (found !== undefined) return found
  const near = nearest(
    name,
    people.map((one) => one.name),
  )
  throw new Problem('person-unknown', `There is nobody of the name "${name}"`, {
    hint: near ? `Did you mean "${near}"?` : '`bongsu users list` says who there is.',
  })
}

function keyIdOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Problem('bad-key-id', `"${text}" is not the id of a key`, {
    hint: '`bongsu users list` says which there are.',
  })
}

function roleOf(role: string): Role {
  const known = ROLES.find((one) => one === role)
  if (known !== undefined) return known
  const near = nearest(role, ROLES)
  throw new Problem('unknown-role', `"${role}" is not a role`, {
    where: '--role',
    hint: near ? `Did you mean "${near}"?` : `The roles are ${ROLES.join(', ')}.`,
  })
}

interface KeyFlags {
  readonly name: string
  readonly role: string
  readonly label?: string
  readonly expires?: string
  readonly scopes?: string
  readonly hplmns?: string
  readonly silentAfter?: string
}

async function makeKey({ name, role, label, expires, scopes, hplmns, silentAfter }: KeyFlags): Promise<void> {
  const rights: KeyRights = {
    label,
    expiresAt: expires === undefined ? undefined : endOf(expires),
    scopes: listOf(scopes)?.map(scopeOf),
    hplmns: listOf(hplmns),
    silentAfterMs: silentAfter === undefined ? undefined : parseDuration(silentAfter, '--silent-after'),
  }
  await withDatabase(async (db) => {
    const key = await addKey(db, name, role, actor, rights)
    for (const doubt of doubtsOn(rights)) process.stderr.write(`warning: ${doubt.line}\n`)
    print(key)
  })
}

/** A time, or a duration from now. */
function endOf(text: string): Date {
  if (/^\d+\w$/.test(text)) return new Date(Date.now() + parseDuration(text, '--expires'))
  return timeOf('--expires', text) as Date
}

function scopeOf(scope: string): string {
  const known = openApiTags.flatMap(({ name }) => [name, `${name}:read`])
  if (known.includes(scope)) return scope
  throw new Problem('unknown-scope', `"${scope}" is not a part of the API`, {
    where: '--scopes',
    hint: `Use some of ${known.join(', ')}.`,
  })
}

function lineOf({ name, roles, missions, disabledAt, password, secondFactor, keys }: PersonRow): string {
  const held = keys.filter(({ revokedAt }) => revokedAt === null)
  return [
    name,
    roles.join(',') || '-',
    ...(missions === null ? [] : [`missions ${missions.join(',')}`]),
    ...(disabledAt === null ? [] : ['disabled']),
    ...(password ? [secondFactor ? 'signs in' : 'signs in, no second factor yet'] : []),
    ...held.map(({ id, role, label, expiresAt }) =>
      [`key ${id} ${role}`, label, expiresAt === null ? undefined : `until ${expiresAt}`].filter(Boolean).join(' '),
    ),
  ].join('; ')
}
