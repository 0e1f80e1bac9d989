import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { arrivalsBell } from '../../queue/names.ts'
import { appendAudit } from '../../store/audit.ts'
import { transaction } from '../../store/database.ts'
import { registeredElsewhere, upsertResidents } from '../../store/subscribers/upsert-residents.ts'
import { type Resident, residentColumns } from '../../subscribers/resident.ts'
import { readResidents } from '../../subscribers/residents-file.ts'
import { holderOf } from '../authenticate.ts'
import { type BodyStream, mediaTypeOf, streamOf, takeStream } from '../body-stream.ts'
import type { ApiDeps } from '../deps.ts'
import { elsewhere, foreignMission } from '../registrar.ts'
import { Rejects, rejectSchema } from '../rejects.ts'
import { answers, body } from '../schemas.ts'
import { bodyUnchecked } from '../validate.ts'
import { registrars } from './residents.ts'

const formats = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' } as const
const batchSize = 5_000
const warningsListed = 1_000

const importedSchema = Type.Object({
  imported: Type.Integer({ description: 'Rows that are in the register now' }),
  added: Type.Integer({ description: 'Of these, numbers that were not in it before' }),
  rejected: Type.Integer(),
  rejects: Type.Array(rejectSchema, { description: 'The first 1000' }),
  warnings: Type.Array(Type.Object({ line: Type.Integer(), warning: Type.String() }), {
    description: 'The first 1000 of rows that went in but should be looked at',
  }),
})

export async function residentsImportRoutes(app: FastifyInstance, { db, countries, queues }: ApiDeps): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(Object.keys(formats), takeStream)

  app.post<{ Body: BodyStream }>(
    '/residents/import',
    {
      validatorCompiler: bodyUnchecked,
      config: { roles: registrars },
      schema: {
        operationId: 'importResidents',
        tags: ['subscribers'],
        summary: 'Register a file of any length; a number that is registered already is replaced',
        description:
          'A row that cannot be used is reported and costs nothing else. Rows are kept some thousand at a time: of an upload that breaks off, what came is kept, and the file can be sent again.',
        body: body({
          'text/csv': Type.String({ description: `UTF-8, header ${residentColumns.join(',')}` }),
          'application/x-ndjson': Type.String({ description: 'The same names as keys, an object a line' }),
        }),
        response: answers(200, importedSchema, 'What went in and what did not'),
      },
    },
    async (request) => {
      const body = streamOf(request, 'Send text/csv or application/x-ndjson.')
      const format = formats[mediaTypeOf(request) as keyof typeof formats]
      const rejects = new Rejects()
      const warnings: { line: number; warning: string }[] = []
      let imported = 0
      let added = 0
      const holder = holderOf(request)
      const { missions } = holder
      let batch: { readonly line: number; readonly resident: Resident }[] = []
      const keep = async () => {
        const read = batch
        batch = []
        const { put, kept } = await transaction(db.pool, async (client) => {
          const all = read.map(({ resident }) => resident)
          const others = missions === null ? new Set() : await registeredElsewhere(client, all, missions)
          const rows = all.filter(({ msisdn }) => !others.has(msisdn))
          for (const { line, resident } of read) if (others.has(resident.msisdn)) rejects.add({ line }, elsewhere())
          const upserted = await upsertResidents(client, rows)
          // The sums so far: the last entry of an upload tells of all of it.
          await appendAudit(client, {
            actor: `person:${holder.person}`,
            act: 'residents.import',
            subject: 'residents',
            detail: { imported: imported + rows.length, added: added + upserted.added, rejected: rejects.count },
          })
          return { put: upserted, kept: rows.length }
        })
        if (put.alerted) void queues.ring(arrivalsBell, {}, { id: 'arrivals' })
        added += put.added
        imported += kept
      }
      try {
        for await (const row of readResidents(body, format, countries)) {
          if ('problem' in row) {
            rejects.add({ line: row.line }, row.problem)
            continue
          }
          const foreign = foreignMission(holder, row.resident)
          if (foreign !== undefined) {
            rejects.add({ line: row.line }, foreign)
            continue
          }
          batch.push({ line: row.line, resident: row.resident })
          for (const warning of row.warnings) {
            if (warnings.length < warningsListed) warnings.push({ line: row.line, warning })
          }
          if (batch.length >= batchSize) await keep()
        }
        await keep()
      } catch (error) {
        // The upload broke off or the database went away: what came whole is good, if it can still be kept.
        if (batch.length > 0) await keep().catch(() => undefined)
        throw error
      } finally {
        await body.return(undefined)
      }
      return { imported, added, rejected: rejects.count, rejects: rejects.list, warnings }
    },
  )
}
