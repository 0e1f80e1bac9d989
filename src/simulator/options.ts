import { parseDuration } from '../lib/duration.ts'
import { Problem } from '../lib/problem.ts'
import type { IdForm } from '../smpp/message-id.ts'
import { isReceiptState } from '../smpp/receipt-text.ts'
import type { ReceiptOptions, SmscOptions } from './settings.ts'

/** The options while the flags fill them in. */
type Draft = SmscOptions & { receipts: ReceiptOptions; latencyMs: { mean: number; jitter: number } }

/** One command-line flag of the simulated SMSC. */
export interface SmscFlag {
  /** As commander takes it. */
  readonly flags: string
  /** The key under which commander hands the value over. */
  readonly key: string
  readonly help: string
  readonly default?: string
  set(draft: Draft, text: string): void
}

const flag = (
  name: string,
  value: string,
  help: string,
  set: (draft: Draft, text: string, where: string) => void,
  byDefault?: string,
): SmscFlag => ({
  flags: `--${name} <${value}>`,
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
  flag('tps', 'n', 'submit_sm per second over all binds, above it ESME_RTHROTTLED (default: unlimited)', (o, t, w) => {
    o.tps = integer(t, w)
  }),
  flag('latency', 'duration', 'from a submit_sm to its response', (o, t, w) => {
    o.latencyMs.mean = parseDuration(t, w)
  }),
  flag('latency-jitter', 'duration', 'how far the latency varies either way', (o, t, w) => {
    o.latencyMs.jitter = parseDuration(t, w)
  }),
  flag(
    'receipt-delay',
    'duration',
    'from a submit_sm to its receipt',
    (o, t, w) => (o.receipts.delayMs = parseDuration(t, w)),
    '1s',
  ),
  flag('receipt-jitter', 'duration', 'how far the receipt delay varies either way', (o, t, w) => {
    o.receipts.jitterMs = parseDuration(t, w)
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
  flag('seed', 'n', 'same seed and same arrivals: same outcomes', (o, t, w) => (o.seed = integer(t, w)), '1'),
]

/** Options from what commander parsed; keys that no flag has are ignored. @throws Problem that names the flag */
export function smscOptionsFrom(values: Readonly<Record<string, unknown>>): SmscOptions {
  const draft: Draft = { receipts: {}, latencyMs: { mean: 0, jitter: 0 } }
  for (const { key, set } of smscFlags) {
    const text = values[key]
    if (typeof text === 'string') set(draft, text)
  }
  return draft
}

function integer(text: string, where: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Problem('bad-number', `"${text}" is not a whole number`, { where })
}

function number(text: string, where: string): number {
  if (/^\d*\.?\d+$/.test(text)) return Number(text)
  throw new Problem('bad-number', `"${text}" is not a number`, { where, hint: 'Give a share such as 0.02.' })
}

function oneOf<T extends string>(text: string, allowed: readonly T[], where: string): T {
  const found = allowed.find((item) => item === text)
  if (found !== undefined) return found
  throw new Problem('bad-choice', `"${text}" is none of ${allowed.join(', ')}`, { where })
}

function idForm(text: string, where: string): IdForm {
  return oneOf(text, ['string', 'hex', 'decimal'], where)
}

function mix(text: string, where: string): Record<string, number> {
  return Object.fromEntries(
    text.split(',').map((item) => {
      const [name = '', share = ''] = item.split('=')
      return [name.trim(), number(share.trim(), where)]
    }),
  )
}

function stateMix(text: string, where: string): NonNullable<ReceiptOptions['states']> {
  const shares = mix(text, where)
  const unknown = Object.keys(shares).find((name) => !isReceiptState(name))
  if (unknown !== undefined) {
    throw new Problem('bad-choice', `"${unknown}" is not a receipt state`, {
      where,
      hint: 'States are DELIVRD, EXPIRED, DELETED, UNDELIV, ACCEPTD, UNKNOWN, REJECTD, ENROUTE and SKIPPED.',
    })
  }
  return shares
}
