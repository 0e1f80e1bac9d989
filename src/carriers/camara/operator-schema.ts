import Type from 'typebox'

const duration = (what: string, byDefault: string) =>
  Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$', description: what, default: byDefault })
const closed = { additionalProperties: false } as const

/** Event types of device-roaming-status-subscriptions. `roaming-on` and `roaming-off` do not tell the country. */
export const CAMARA_TYPES = ['roaming-status', 'roaming-change-country', 'roaming-on', 'roaming-off'] as const

/** An account with an operator's CAMARA APIs: `<BONGSU_CAMARA_DIR>/<id>.yaml`. Published as docs/camara-operator.schema.json. */
export const CamaraOperatorSchema = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$', description: 'stable; the name of the file' }),
    name: Type.Optional(Type.String({ minLength: 1 })),
    apiRoot: Type.String({ minLength: 1, description: 'the URL before the names of the APIs' }),
    subscriptions: Type.String({
      minLength: 1,
      default: 'device-roaming-status-subscriptions/v0.8',
      description: 'the path of that API below apiRoot',
    }),
    roamingStatus: Type.String({
      minLength: 1,
      default: 'device-roaming-status/v1',
      description: 'the path of that API below apiRoot; asked for the country after an event that does not tell it',
    }),
    oauth: Type.Object(
      {
        tokenUrl: Type.String({ minLength: 1 }),
        clientId: Type.String({ minLength: 1 }),
        clientSecret: Type.Optional(
          Type.String({ minLength: 1, description: 'for HTTP Basic; this or clientKey, as $' + '{ENV_NAME}' }),
        ),
        clientKey: Type.Optional(
          Type.String({
            minLength: 1,
            description: 'private key (PEM, RSA or EC P-256) for private_key_jwt; put its file into ENV_NAME_FILE',
          }),
        ),
        keyId: Type.Optional(Type.String({ minLength: 1, description: 'kid of clientKey' })),
        scope: Type.Optional(
          Type.String({
            minLength: 1,
            description: 'instead of the scopes that the APIs name; a purpose may be needed',
          }),
        ),
      },
      closed,
    ),
    sink: Type.Object(
      {
        url: Type.String({
          pattern: '^https://[^?#]+$',
          description: 'where the operator reaches /v1/roaming-notifications of this engine; without a query',
        }),
        key: Type.String({ minLength: 1, description: 'a key with the role carrier, as $' + '{ENV_NAME}' }),
        tagged: Type.Boolean({
          default: true,
          description: 'whether each subscription has its id in its sink; false where an operator knows one URL only',
        }),
      },
      closed,
    ),
    types: Type.Array(Type.Enum([...CAMARA_TYPES]), {
      minItems: 1,
      uniqueItems: true,
      default: ['roaming-status', 'roaming-change-country'],
      description: 'one subscription a number and type: the API takes no more',
    }),
    eventVersion: Type.String({ pattern: '^v\\d+$', default: 'v0', description: 'in the names of the types' }),
    lifetime: duration('subscriptionExpireTime, from the request on', '30d'),
    renewBefore: duration('so long before its end another takes its place', '3d'),
    maxEvents: Type.Optional(Type.Integer({ minimum: 1, description: 'subscriptionMaxEvents' })),
    initialEvent: Type.Boolean({
      default: true,
      description: 'whether who roams already is reported at once; never asked for where another one still runs',
    }),
    hplmn: Type.Optional(
      Type.String({
        pattern: '^\\d{5,6}$',
        description: 'the home network of its subscribers, for routes; events do not tell it',
      }),
    ),
    rate: Type.Number({ exclusiveMinimum: 0, maximum: 1000, default: 5, description: 'requests a second, at most' }),
    concurrency: Type.Integer({ minimum: 1, maximum: 50, default: 2, description: 'requests at once' }),
    timeout: duration('for any answer', '10s'),
  },
  { ...closed, $id: 'https://bongsu.example/schemas/camara-operator.json', title: 'CAMARA operator' },
)

export type RawCamaraOperator = Type.Static<typeof CamaraOperatorSchema>

/** An account as the engine uses it: defaults filled in, durations in milliseconds, URLs without a slash at their end. */
export type CamaraOperator = Omit<RawCamaraOperator, 'name' | 'lifetime' | 'renewBefore' | 'timeout'> & {
  readonly name: string
  readonly lifetimeMs: number
  readonly renewBeforeMs: number
  readonly timeoutMs: number
}

/** The full name of an event type, as in `types` of a subscription. */
export const eventTypeOf = (operator: Pick<CamaraOperator, 'eventVersion'>, type: string): string =>
  `org.camaraproject.device-roaming-status-subscriptions.${operator.eventVersion}.${type}`

/** The short name of an event type; undefined where it is none of that API. */
export const shortTypeOf = (type: unknown): string | undefined =>
  typeof type === 'string'
    ? /^org\.camaraproject\.device-roaming-status-subscriptions\.v\d+\.([a-z-]+)$/.exec(type)?.[1]
    : undefined
