import { parseDuration } from '../lib/duration.ts'
import { distributions } from './delay.ts'
import type { FaultOptions } from './faults.ts'
import { idForm, integer, mix, number, oneOf, stateMix } from './flag-values.ts'
import { receiptFormats } from './receipt-format.ts'
import type { ReceiptOptions, SmscOptions } from './settings.ts'

/** The options while the flags fill them in. */
type Draft = SmscOptions & {
  receipts: ReceiptOptions
  latencyMs: NonNullable<SmscOptions['latencyMs']>
  fullQueues: NonNullable<SmscOptions['fullQueues']>
  faults: FaultOptions
}

/** One command-line flag of the simulated SMSC. */
export interface SmscFlag {
  /** As commander takes it; a flag without a value is a switch. */
  readonly flags: string
  /** The key under which commander hands the value over. */
  readonly key: string
  readonly help: string
  readonly default?: string
  /** @param text empty for a switch. */
  set(draft: Draft, text: string): void
}

const flag = (
  name: string,
  /** Empty for a switch. */
  value: string,
  help: string,
  set: (draft: Draft, text: string, where: string) => void,
  byDefault?: string,
): SmscFlag => ({
  flags: value === '' ? `--${name}` : `--${name} <${value}>`,
  key: name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  help,
  ...(byDefault === undefined ? {} : { default: byDefault }),
  set: (draft, text) => set(draft, text, `--${name}`),
})

/** Every flag of `bongsu smsc`, in the order that help shows. */
export const smscFlags: readonly SmscFlag[] = [
  flag('port', 'port', 'TCP port to listen on; 0 takes any free one', (o, t, w) => (o.port = integer(t, w)), '2775'),
  flag('host', 'address', 'address to listen on', (o, t) => (o.host = t), '127.0.0.1'),
  flag('system-id', 'id', 'the only system_id that may bind (default: anybody)', (o, t) => (o.systemId = t)),
  flag('password', 'password', 'the only right password (default: any)', (o, t) => (o.password = t)),
  flag('max-binds', 'n', 'binds at a time (default: unlimited)', (o, t, w) => (o.maxBinds = integer(t, w))),
  flag('bind-errors', 'mix', 'binds refused, by share: ESME_RALYBND=0.2,ESME_RBINDFAIL=0.05', (o, t, w) => {
    o.bindErrors = mix(t, w)
  }),
  flag('tps', 'n', 'submit_sm per second over all binds, above it ESME_RTHROTTLED (default: unlimited)', (o, t, w) => {
    o.tps = integer(t, w)
  }),
  flag('latency', 'duration', 'from a submit_sm to its response', (o, t, w) => {
    o.latencyMs.mean = parseDuration(t, w)
  }),
  flag('latency-jitter', 'duration', 'how far the latency varies (else than uniform: deviation)', (o, t, w) => {
    o.latencyMs.jitter = parseDuration(t, w)
  }),
  flag('latency-distribution', 'name', `how it varies: ${distributions.join(', ')}`, (o, t, w) => {
    o.latencyMs.distribution = oneOf(t, distributions, w)
  }),
  flag('congestion', '', 'tell congestion_state in responses, in percent of --tps (SMPP 5.0)', (o) => {
    o.congestion = true
  }),
  flag(
    'receipt-delay',
    'duration',
    'from a submit_sm to its receipt',
    (o, t, w) => (o.receipts.delayMs = parseDuration(t, w)),
    '1s',
  ),
  flag('receipt-jitter', 'duration', 'how far the receipt delay varies (else than uniform: deviation)', (o, t, w) => {
    o.receipts.jitterMs = parseDuration(t, w)
  }),
  flag('receipt-distribution', 'name', `how it varies: ${distributions.join(', ')}`, (o, t, w) => {
    o.receipts.distribution = oneOf(t, distributions, w)
  }),
  flag('states', 'mix', 'final states by share, the rest DELIVRD: UNDELIV=0.02,EXPIRED=0.01', (o, t, w) => {
    o.receipts.states = stateMix(t, w)
  }),
  flag(
    'parts',
    'which',
    'which segments of a long text get a receipt: all, first or last',
    (o, t, w) => (o.receipts.parts = oneOf(t, ['all', 'first', 'last'], w)),
    'all',
  ),
  flag('duplicates', 'share', 'share of receipts sent twice', (o, t, w) => (o.receipts.duplicates = number(t, w))),
  flag('early', 'share', 'share of receipts sent before the response', (o, t, w) => (o.receipts.early = number(t, w))),
  flag('never', 'share', 'share of messages that never get a receipt', (o, t, w) => (o.receipts.never = number(t, w))),
  flag('reorder', 'share', 'share of receipts that later ones overtake', (o, t, w) => {
    o.receipts.reorder = number(t, w)
  }),
  flag('intermediate', 'share', 'share of messages with an ENROUTE or ACCEPTD receipt too', (o, t, w) => {
    o.receipts.intermediate = number(t, w)
  }),
  flag(
    'receipt-format',
    'name',
    `how receipts are written: ${receiptFormats.join(', ')}; or mixed`,
    (o, t, w) => (o.receipts.format = oneOf(t, [...receiptFormats, 'mixed'], w)),
    'standard',
  ),
  flag(
    'id-variants',
    'share',
    'share of receipts whose hex or decimal id has zeros in front and another case',
    (o, t, w) => {
      o.receipts.idVariants = number(t, w)
    },
  ),
  flag('without-id', 'share', 'share of accepted submit_sm whose response has no message_id', (o, t, w) => {
    o.noId = number(t, w)
  }),
  flag(
    'id-in-response',
    'form',
    'message ids in responses: string, hex or decimal',
    (o, t, w) => (o.receipts.idInResponse = idForm(t, w)),
    'string',
  ),
  flag(
    'id-in-receipt',
    'form',
    'message ids in receipts: string, hex or decimal',
    (o, t, w) => (o.receipts.idInReceipt = idForm(t, w)),
    'string',
  ),
  flag(
    'receipt-window',
    'n',
    'unanswered deliver_sm per bind',
    (o, t, w) => (o.receipts.window = integer(t, w)),
    '100',
  ),
  flag('errors', 'mix', 'submit_sm refused, by share: ESME_RMSGQFUL=0.01,0x45=0.001', (o, t, w) => {
    o.errors = mix(t, w)
  }),
  flag(
    'queue-full-destinations',
    'share',
    'share of destinations whose queue is full at their first text',
    (o, t, w) => {
      o.fullQueues.share = number(t, w)
    },
  ),
  flag('queue-full-for', 'duration', 'for how long it is full (default: 10s)', (o, t, w) => {
    o.fullQueues.forMs = parseDuration(t, w)
  }),
  flag('drop-every', 'duration', 'mean time between cuts of a bind with answers pending', (o, t, w) => {
    o.faults.dropEveryMs = parseDuration(t, w)
  }),
  flag(
    'stall-every',
    'duration',
    'mean time between silences of a bind: TCP up, nothing read or answered',
    (o, t, w) => {
      o.faults.stallEveryMs = parseDuration(t, w)
    },
  ),
  flag('stall-for', 'duration', 'how long a silence lasts (default: 5s)', (o, t, w) => {
    o.faults.stallForMs = parseDuration(t, w)
  }),
  flag('unbind-every', 'duration', 'mean time between unbinds that the SMSC sends to a bind', (o, t, w) => {
    o.faults.unbindEveryMs = parseDuration(t, w)
  }),
  flag('broken-every', 'duration', 'mean time between impossible command_lengths on a bind', (o, t, w) => {
    o.faults.brokenEveryMs = parseDuration(t, w)
  }),
  flag('slow-read', 'bytes', 'octets read per second from each connection at most', (o, t, w) => {
    o.faults.slowReadBytesPerS = integer(t, w)
  }),
  flag('fragment', 'share', 'share of writes torn at random octets; the others are held and glued', (o, t, w) => {
    o.faults.fragment = number(t, w)
  }),
  flag('malformed', 'share', 'share of responses and receipts with a damaged PDU before them', (o, t, w) => {
    o.faults.malformed = number(t, w)
  }),
  flag(
    'enquire-link',
    'duration',
    'how often to send enquire_link; an ESME silent since the last is cut',
    (o, t, w) => {
      o.faults.enquireLinkMs = parseDuration(t, w)
    },
  ),
  flag('log', 'file', 'append every submit_sm, receipt, bind and fault to a file', (o, t) => (o.log = t)),
  flag('seed', 'n', 'same seed and same arrivals: same outcomes', (o, t, w) => (o.seed = integer(t, w)), '1'),
]

/** Options from what commander parsed; keys that no flag has are ignored. @throws Problem that names the flag */
export function smscOptionsFrom(values: Readonly<Record<string, unknown>>): SmscOptions {
  const draft: Draft = { receipts: {}, latencyMs: { mean: 0, jitter: 0 }, fullQueues: { share: 0 }, faults: {} }
  for (const { key, set } of smscFlags) {
    const value = values[key]
    if (typeof value === 'string') set(draft, value)
    else if (value === true) set(draft, '')
  }
  return draft
}
