import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { LANGUAGES } from '../../entry/fields.ts'
import { levelOf } from '../../entry/levels.ts'
import { policyFor } from '../../entry/policy-for.ts'
import { entryTextsFor } from '../../entry/texts.ts'
import { isCountry } from '../../geo/iso3166.ts'
import type { Regions } from '../../geo/regions.ts'
import { Problem } from '../../lib/problem.ts'
import { entrySources } from '../../store/roaming/entry-sources.ts'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { segmentsOf } from '../entry-ground.ts'
import { answers, nullable } from '../schemas.ts'
import { timeOf } from '../times.ts'

const previewQuery = Type.Object(
  {
    country: Type.String({
      pattern: '^[A-Z]{2}(,[A-Z]{2})*$',
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
    texts: Type.Array(
      Type.Object({
        kind: Type.String(),
        text: Type.String(),
        segments: Type.Integer(),
        templateId: nullable(Type.Integer()),
        campaignId: nullable(Type.Integer()),
        levelIds: ids('travel levels'),
      }),
      { description: 'In the order in which they are sent; none where the policy is off' },
    ),
  },
  { title: 'EntryPreview' },
)

export async function entryPreviewRoutes(
  app: FastifyInstance,
  { db, zones, countries, carriers }: ApiDeps,
): Promise<void> {
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
      for (const one of entered) {
        if (isCountry(one)) continue
        throw new Problem('unknown-country', `"${one}" is not a country`, { where: 'country' })
      }
      const where = {
        countries: entered,
        regions: region === undefined ? [] : chainOf(region, entered, zones.references.regions),
      }
      const when = timeOf('at', at) ?? new Date()
      const sources = await entrySources(db.pool, when)
      const { policy, ids } = policyFor(where, sources.policies)
      const { level, special } = levelOf(where, sources.levels)
      const nameOf: typeof countries.nameOf = (iso2, lang) => countries.nameOf(iso2, lang)
      const texts = policy.enabled ? entryTextsFor(where, when, language, policy.kinds, sources, nameOf) : []
      return {
        policy,
        policyIds: ids,
        level,
        special,
        texts: texts.map(({ kind, text, templateId, campaignId, levelIds }) => ({
          kind,
          text,
          segments: segmentsOf(text, carriers.profiles),
          templateId,
          campaignId,
          levelIds,
        })),
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
