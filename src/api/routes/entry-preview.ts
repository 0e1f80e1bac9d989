import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { LANGUAGES } from '../../entry/fields.ts'
import { levelOf } from '../../entry/levels.ts'
import { policyFor } from '../../entry/policy-for.ts'
import { entryTextsFor } from '../../entry/texts.ts'
import type { Regions } from '../../geo/regions.ts'
import { Problem } from '../../lib/problem.ts'
import { madeOf } from '../../store/entry/made-of.ts'
import { entrySources } from '../../store/roaming/entry-sources.ts'
import { unconfirmedLevels } from '../../store/zones/travel-levels.ts'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { requireCountry } from '../entry-country.ts'
import { segmentsOf } from '../entry-ground.ts'
import { answers, nullable, timestamp } from '../schemas.ts'
import { timeOf } from '../times.ts'

/** Of Korean networks, and of whom the network is not reported. */
const homeCountry = 'KR'

const previewQuery = Type.Object(
  {
    country: Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'ISO 3166-1 alpha-2; several with a comma: he is in one of them',
    }),
    region: Type.Optional(Type.String({ description: 'ISO 3166-2, where his place is known' })),
    language: Type.Optional(Type.Enum([...LANGUAGES], { default: 'ko' })),
    at: Type.Optional(Type.String({ format: 'date-time', description: 'Not now: which campaigns are told then' })),
  },
  { additionalProperties: false },
)
const ids = (of: string) => Type.Array(Type.Integer(), { description: `Rows of the history of ${of}` })
const previewSchema = Type.Object(
  {
    policy: Type.Object({}, { additionalProperties: true, description: 'What stands there, all fields' }),
    policyIds: ids('policies, the widest area first'),
    level: nullable(Type.Integer()),
    special: Type.Boolean(),
    untoldLevels: Type.Array(
      Type.Object({ area: Type.String(), level: nullable(Type.Integer()), special: Type.Boolean() }),
      {
        description:
          'Of these countries: levels that come with the engine, which are told when somebody has confirmed them',
      },
    ),
    texts: Type.Array(
      Type.Object({
        kind: Type.String(),
        language: Type.String({ description: 'Another than asked for where nothing is written in that' }),
        text: Type.String(),
        segments: Type.Integer(),
        templateId: nullable(Type.Integer()),
        campaignId: nullable(Type.Integer()),
        levelIds: ids('travel levels'),
      }),
      { description: 'In the order in which they are sent; none where the policy is off, and at home' },
    ),
    home: Type.Boolean({ description: 'Subscribers of Korean networks are at home there: nobody gets a text' }),
    madeOf: Type.Array(
      Type.Object({
        of: Type.Enum(['policy', 'template', 'campaign', 'level']),
        id: Type.Integer(),
        area: Type.String({ description: 'Several of a campaign with commas' }),
        what: Type.String({ description: 'mission ko; level 3; the name of a campaign' }),
        note: Type.String({ description: 'Of a travel level its source' }),
        madeBy: Type.String({ description: 'person:NAME, migration, or file' }),
        madeAt: timestamp('When it was set'),
        verified: nullable(Type.Boolean()),
      }),
      { description: 'The rows that policy and texts name' },
    ),
  },
  { title: 'EntryPreview' },
)

export async function entryPreviewRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  const { db, zones, countries, carriers } = deps

  app.get<{ Querystring: Static<typeof previewQuery> }>(
    '/entry/preview',
    {
      config: { roles: readers },
      schema: {
        operationId: 'previewEntry',
        tags: ['entry'],
        summary: 'What somebody who enters a country now would be told, and what it is made of',
        querystring: previewQuery,
        response: answers(200, previewSchema, 'His set of texts'),
      },
    },
    async ({ query: { country, region, language = 'ko', at } }) => {
      const entered = country.split(',')
      for (const one of entered) requireCountry(one, deps, { where: 'country' })
      const where = {
        countries: entered,
        regions: region === undefined ? [] : chainOf(region, entered, zones.references.regions),
      }
      const when = timeOf('at', at) ?? new Date()
      const sources = await entrySources(db.pool, when)
      const untold = await unconfirmedLevels(db.pool, entered)
      const { policy, ids } = policyFor(where, sources.policies)
      const { level, special, ids: levelIds } = levelOf(where, sources.levels)
      const nameOf: typeof countries.nameOf = (iso2, lang) => countries.nameOf(iso2, lang)
      const home = entered.includes(homeCountry)
      const told = policy.enabled && !home
      const texts = told ? entryTextsFor(where, when, language, policy.kinds, sources, nameOf) : []
      return {
        policy,
        policyIds: ids,
        level,
        special,
        untoldLevels: untold.map(({ area, level, special }) => ({ area, level, special })),
        texts: texts.map(({ kind, language, text, templateId, campaignId, levelIds }) => ({
          kind,
          language,
          text,
          segments: segmentsOf(text, carriers.profiles),
          templateId,
          campaignId,
          levelIds,
        })),
        home,
        madeOf: await madeOf(db.pool, {
          policy: ids,
          template: texts.flatMap(({ templateId }) => templateId ?? []),
          campaign: texts.flatMap(({ campaignId }) => campaignId ?? []),
          level: [...new Set([...levelIds, ...texts.flatMap(({ levelIds }) => levelIds)])],
        }),
      }
    },
  )
}

/** The region and what it is a part of, the widest first. @throws Problem `unknown-region` */
function chainOf(region: string, [country, ...more]: readonly string[], regions: Regions): string[] {
  const head = regions.headOf(region)
  if (!head || head.iso2 !== country || more.length > 0) {
    throw new Problem('unknown-region', `"${region}" is not a region of ${[country, ...more].join(' or ')}`, {
      where: 'region',
      hint: 'It is an ISO 3166-2 code of the one country: bongsu zones list --kind region',
    })
  }
  const chain: string[] = []
  for (let one = regions.headOf(region); one; one = one.parent === undefined ? undefined : regions.headOf(one.parent)) {
    chain.unshift(one.code)
  }
  return chain
}
