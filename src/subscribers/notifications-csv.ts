import { Problem } from '../lib/problem.ts'
import { readTable } from './csv-table.ts'
import type { IgnoredFields } from './ignored-fields.ts'
import { readLines, withoutBom } from './lines.ts'
import { type NotificationRow, parseNotification } from './notification.ts'

export const notificationColumns = [
  'msisdn',
  'event',
  'at',
  'country',
  'vplmn',
  'hplmn',
  'lat',
  'lon',
  'radius',
  'id',
  'language',
] as const

const maxLineBytes = 65_536

/**
 * Reads CSV with the header `msisdn,event,at,country,vplmn,hplmn,lat,lon,radius,id,language` (the first three are needed, in any
 * order; other columns are ignored) as a stream, no faster than it is consumed. A row that cannot be used costs that row only.
 *
 * @throws Problem of the whole file where its header cannot be used
 */
export async function* readNotificationsCsv(
  stream: AsyncIterable<Uint8Array>,
  ignored: IgnoredFields,
): AsyncGenerator<NotificationRow> {
  const rows = readTable(withoutBom(readLines(stream, maxLineBytes)), {
    columns: notificationColumns,
    required: ['msisdn', 'event', 'at'],
    of: 'roaming notifications',
    ignore: (name) => ignored.add(name),
  })
  for await (const row of rows) {
    if ('problem' in row) {
      yield row
      continue
    }
    const { line, record } = row
    const { lat, lon, radius, ...texts } = record
    try {
      const value = { ...texts, lat: number(lat), lon: number(lon), radius: number(radius) }
      yield { line, notification: parseNotification(value) }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      yield { line, problem: error }
    }
  }
}

/** What is no number stays a text, and is refused as that. */
function number(field: string | undefined): number | string | undefined {
  const text = field?.trim() ?? ''
  if (text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}
