import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { checkStanding } from '../../entry/check-standing.ts'
import { phoneAbroad } from '../../entry/mission-phone.ts'
import { entryFacts } from '../../store/entry/facts.ts'
import { readers } from '../authenticate.ts'
import type { ApiDeps } from '../deps.ts'
import { groundNow } from '../entry-ground.ts'
import { problemJson } from '../problem-json.ts'
import { answers } from '../schemas.ts'

const finding = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  where: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String()),
})
const checkSchema = Type.Object({
  checked: Type.Integer({ description: 'How many texts and campaigns stand' }),
  refused: Type.Array(
    Type.Object({
      where: Type.String({ description: 'JP mission, ** level 3, campaign NAME' }),
      errors: Type.Array(finding),
    }),
  ),
  numbers: Type.Array(finding, {
    description: "Missions' numbers that are another country's, and that nobody verified",
  }),
})

export async function entryCheckRoutes(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.get(
    '/entry/check',
    {
      config: { roles: readers },
      schema: {
        operationId: 'checkEntryTexts',
        tags: ['entry'],
        summary:
          "Which of the standing texts would be refused if they were written now, and which missions' numbers may be wrong",
        description:
          'A number may have changed, or a carrier have come that writes them in more segments. They are sent all the same.',
        response: answers(200, checkSchema, 'Those texts, and what is wrong with each'),
      },
    },
    async (request) => {
      const { checked, problems } = checkStanding(new Date(), await groundNow(deps))
      const { missions } = await entryFacts(deps.db.pool)
      const abroad = missions.flatMap((mission) => (mission.verifiedOn === null ? (phoneAbroad(mission) ?? []) : []))
      return {
        checked,
        refused: problems.map((problem) => ({
          where: problem.where,
          errors: problemJson(problem, request.id).errors ?? [],
        })),
        numbers: abroad.map(({ code, message }) => ({ code, detail: message })),
      }
    },
  )
}
