import Type from 'typebox'

const texts = (what: string) =>
  Type.Record(
    Type.String({ pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' }),
    Type.String({ minLength: 1, maxLength: 2000 }),
    {
      minProperties: 1,
      maxProperties: 50,
      description: `${what}, by language (BCP 47)`,
    },
  )

/** JSON Schema of the texts that take an alert back, in an alert's own JSON and in what the API answers. */
export const correctionsSchema = Type.Object(
  { cancel: texts('That it was sent in error'), allClear: texts('That the danger is over') },
  {
    additionalProperties: false,
    description:
      'Texts that one person may send later because they were approved with the alert: …/retract and …/end. Left out: general ones in Korean and English',
  },
)
