import Type from 'typebox'
import { ROLES } from '../alerts/lifecycle.ts'
import { inForm } from '../lib/schema-hint.ts'
import { openApiTags } from './openapi.ts'
import { nullable, timestamp } from './schemas.ts'

export const personName = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^\\S(.*\\S)?$',
  'x-form': 'a name of one line, without spaces at its ends',
  description: 'Of a person, not of a post',
})

/** Roles of who signs in: a carrier writes by key. */
const signInRoles = ROLES.filter((role) => role !== 'carrier')

export const rolesSchema = Type.Array(Type.Enum(signInRoles), {
  maxItems: signInRoles.length,
  uniqueItems: true,
  description: 'What he may when signed in; administrators neither compose nor approve',
})

export const missionsSchema = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
  minItems: 1,
  maxItems: 200,
  uniqueItems: true,
  description: 'He sees what concerns these missions alone',
})

export const hplmnsSchema = Type.Array(
  Type.String({ pattern: '^\\d{5,6}$', ...inForm('MCC and MNC, five or six digits like 45008') }),
  {
    minItems: 1,
    maxItems: 50,
  },
)

export const scopesSchema = Type.Array(Type.Enum(openApiTags.flatMap(({ name }) => [name, `${name}:read`])), {
  minItems: 1,
  maxItems: 30,
  uniqueItems: true,
  description: 'Parts of the API, as they are tagged here; `alerts:read`: without changing anything',
})

export const personSchema = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    createdAt: timestamp('When the person was made known'),
    roles: Type.Array(Type.String(), { description: 'Of his sessions; a key has a role of its own' }),
    missions: nullable(Type.Array(Type.String(), { description: 'What concerns these alone; null: everything' })),
    disabledAt: nullable(timestamp('Since when neither his keys nor his sessions hold')),
    password: Type.Boolean({ description: 'Whether he has one' }),
    secondFactor: Type.Boolean({ description: 'Whether it is set up and was shown to work' }),
    recoveryCodes: Type.Integer({ description: 'How many are left' }),
    keys: Type.Array(
      Type.Object({
        id: Type.Integer(),
        role: Type.String(),
        label: nullable(Type.String()),
        hplmns: nullable(Type.Array(Type.String())),
        scopes: nullable(Type.Array(Type.String(), { description: 'null: all that its role may' })),
        createdAt: timestamp('When it was made'),
        lastUsedAt: nullable(timestamp('To the minute')),
        expiresAt: nullable(timestamp('From when on it is void')),
        revokedAt: nullable(timestamp('Since when it is void')),
      }),
    ),
  },
  { title: 'Person' },
)
