import Type from 'typebox'
import { ERROR_POLICIES, type ErrorPolicy } from './error-policy.ts'

const duration = (what: string, byDefault: string) =>
  Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$', description: what, default: byDefault })
const closed = { additionalProperties: false } as const
const address = (what: string) => ({
  ton: Type.Integer({ minimum: 0, maximum: 6, default: 1, description: `type of number of the ${what}` }),
  npi: Type.Integer({ minimum: 0, maximum: 18, default: 1, description: `numbering plan of the ${what}` }),
})

/** Who goes this way: keys of one entry are ANDed; entries are ORed; the lowest priority number is tried first. */
const reaches = Type.Object(
  {
    population: Type.Union([Type.Literal('roamers'), Type.Literal('residents')]),
    hplmn: Type.Optional(Type.Array(Type.String({ pattern: '^\\d{5,6}$' }), { minItems: 1 })),
    countries: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1 })),
    msisdnPrefixes: Type.Optional(Type.Array(Type.String({ pattern: '^[1-9]\\d{0,14}$' }), { minItems: 1 })),
    priority: Type.Integer({ minimum: 0, default: 100 }),
  },
  closed,
)

/** The carrier profile: `carriers/<id>.yaml`. Published as docs/carrier-profile.schema.json. */
export const CarrierProfileSchema = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'stable: used in metrics and ids; the name of the file',
    }),
    name: Type.Optional(Type.String({ minLength: 1 })),
    reaches: Type.Array(reaches, { minItems: 1 }),
    links: Type.Array(
      Type.Object(
        {
          host: Type.String({ minLength: 1 }),
          port: Type.Integer({ minimum: 1, maximum: 65535 }),
          tls: Type.Boolean({ default: false, description: 'TLS; the certificate is verified, always' }),
          ca: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                "PEM file of the carrier's own CA, from the folder of the profile; else the public CAs count",
            }),
          ),
          serverName: Type.Optional(
            Type.String({ minLength: 1, description: 'the name in the certificate, where it is not `host`' }),
          ),
        },
        closed,
      ),
      { minItems: 1, description: 'SMSC addresses; binds are spread over them' },
    ),
    systemId: Type.String({ minLength: 1, maxLength: 15 }),
    password: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'name an environment variable, $' + '{ENV_NAME}; or put a file with it into ENV_NAME_FILE',
    }),
    systemType: Type.String({ maxLength: 12, default: '' }),
    interfaceVersion: Type.Union([Type.Literal('3.4'), Type.Literal('5.0')], {
      default: '3.4',
      description: 'the SMPP version that the bind asks for',
    }),
    bind: Type.Union([Type.Literal('transceiver'), Type.Literal('transmitter+receiver')], { default: 'transceiver' }),
    binds: Type.Integer({ minimum: 1, maximum: 64, default: 1 }),
    window: Type.Integer({ minimum: 1, maximum: 10_000, default: 10, description: 'unanswered submit_sm per bind' }),
    throughput: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'per second, the whole account' }),
    counts: Type.Union([Type.Literal('segments'), Type.Literal('pdus')], {
      default: 'segments',
      description: 'what throughput counts; they differ where one message_payload carries a long text',
    }),
    source: Type.Object({ ...address('sender'), addr: Type.String({ minLength: 1, maxLength: 20 }) }, closed),
    destination: Type.Object(address('recipient'), { ...closed, default: {} }),
    text: Type.Object(
      {
        alphabet: Type.Union([Type.Literal('gsm7'), Type.Literal('ascii'), Type.Literal('latin1')], {
          default: 'gsm7',
        }),
        unicode: Type.Union([Type.Literal('ucs2'), Type.Literal('ksx1001'), Type.Literal('cp949')], {
          default: 'ucs2',
        }),
        long: Type.Enum(['udh', 'udh8', 'sar', 'payload', 'refuse'], {
          default: 'udh',
          description: 'udh: a 16-bit reference; udh8: an 8-bit one, for a character more a segment',
        }),
        segmentOctets: Type.Integer({ minimum: 40, maximum: 254, default: 140 }),
        reserveOctets: Type.Integer({ minimum: 0, maximum: 100, default: 0 }),
        maxSegments: Type.Integer({ minimum: 1, maximum: 255, default: 6 }),
      },
      { ...closed, default: {} },
    ),
    validity: Type.Object(
      {
        form: Type.Union([Type.Literal('relative'), Type.Literal('absolute'), Type.Literal('none')], {
          default: 'relative',
        }),
        max: duration('the longest that the carrier accepts', '48h'),
      },
      { ...closed, default: {} },
    ),
    priorityFlag: Type.Object(
      {
        Extreme: Type.Optional(Type.Integer({ minimum: 0, maximum: 4 })),
        Severe: Type.Optional(Type.Integer({ minimum: 0, maximum: 4 })),
      },
      { ...closed, default: {}, description: 'priority_flag by severity; 0 for the rest' },
    ),
    receipts: Type.Object(
      {
        idInResponse: Type.Union([Type.Literal('string'), Type.Literal('hex'), Type.Literal('decimal')], {
          default: 'string',
        }),
        idInReceipt: Type.Union([Type.Literal('string'), Type.Literal('hex'), Type.Literal('decimal')], {
          default: 'string',
        }),
        multipart: Type.Union([Type.Literal('all'), Type.Literal('first'), Type.Literal('last')], { default: 'all' }),
        finalAfter: duration('without a final receipt for so long a message is unconfirmed', '72h'),
      },
      { ...closed, default: {} },
    ),
    errors: Type.Record(Type.String(), Type.Enum([...ERROR_POLICIES]), {
      default: {},
      description: 'what a command_status means here where it differs: its name or number, and a policy',
    }),
    supports: Type.Object(
      {
        query: Type.Boolean({ default: false, description: 'the SMSC answers query_sm' }),
        cancel: Type.Boolean({ default: false, description: 'the SMSC answers cancel_sm' }),
      },
      { ...closed, default: {} },
    ),
    timers: Type.Object(
      {
        enquireLink: duration('silence after which enquire_link is sent', '30s'),
        response: duration('how long the SMSC may take for any answer', '10s'),
        reconnect: Type.Array(Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)$' }), {
          minItems: 2,
          maxItems: 2,
          default: ['1s', '30s'],
          description: 'first and longest pause before connecting again',
        }),
      },
      { ...closed, default: {} },
    ),
    downAfter: duration("so long without a bind, and the route's next carrier takes over", '60s'),
    testNumbers: Type.Array(Type.String({ pattern: '^[1-9]\\d{6,14}$' }), {
      default: [],
      description: 'the only numbers that `carriers test` may send to',
    }),
    price: Type.Optional(
      Type.Object(
        {
          perSegment: Type.Number({ minimum: 0, description: 'what one segment costs' }),
          currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
        },
        { ...closed, description: 'for the cost that a preview tells; nothing is decided by it' },
      ),
    ),
    live: Type.Boolean({ default: true, description: 'false: accepts Exercise and Test only' }),
    simulated: Type.Boolean({
      default: false,
      description:
        'true, with live: false: no telephone is behind it, so it takes rehearsals as well, which go to the numbers of the real audience',
    }),
  },
  { ...closed, $id: 'https://bongsu.example/schemas/carrier-profile.json', title: 'Carrier profile' },
)

type Raw = Type.Static<typeof CarrierProfileSchema>

/** An SMSC address as the engine uses it. */
export interface CarrierLink {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** The CA that must have signed the certificate, as PEM; without it the public ones. */
  readonly ca?: string
  readonly serverName?: string
}

/** A carrier profile as the engine uses it: every default filled in, durations in milliseconds, files read. */
export type CarrierProfile = Omit<
  Raw,
  'validity' | 'receipts' | 'timers' | 'downAfter' | 'name' | 'links' | 'errors'
> & {
  readonly name: string
  readonly links: readonly CarrierLink[]
  readonly validity: { form: Raw['validity']['form']; maxMs: number }
  readonly receipts: Omit<Raw['receipts'], 'finalAfter'> & { finalAfterMs: number }
  /** What a command_status means at this carrier, by its number; the rest as in the engine's own table. */
  readonly errors: Readonly<Record<number, ErrorPolicy>>
  readonly timers: { enquireLinkMs: number; responseMs: number; reconnectMs: readonly [number, number] }
  readonly downAfterMs: number
}

export type RawCarrierProfile = Raw
