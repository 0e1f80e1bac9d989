import type { Static } from 'typebox'
import { formatTime } from './cap-time.ts'
import { type FieldValues, fillTemplate } from './template-fill.ts'
import type { fromTemplateSchema } from './template-schema.ts'
import type { AlertTemplate } from './templates.ts'

/** The JSON of an alert (`alertSchema`) that a template and what was filled in make. @throws Problem of `fillTemplate` */
export function alertOfTemplate(
  template: AlertTemplate,
  { template: _, fields, areas, expires, onset, severity, ...head }: Static<typeof fromTemplateSchema>,
  now: number,
): Record<string, unknown> {
  const { texts, corrections } = fillTemplate(template, fields as FieldValues)
  const { languages, event, senderName, category, responseType, urgency, certainty, expiresHours } = template
  return {
    ...head,
    infos: languages.map((language) => ({
      language,
      event: event[language],
      senderName: senderName[language],
      category,
      responseType,
      urgency,
      severity: severity ?? template.severity,
      certainty,
      expires: expires ?? formatTime(now + expiresHours * 3_600_000),
      ...(onset === undefined ? {} : { onset }),
      parameter: [{ valueName: 'SMS', value: texts[language] }],
      areas,
    })),
    corrections,
  }
}
