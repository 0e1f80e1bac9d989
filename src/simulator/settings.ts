import { Problem } from '../lib/problem.ts'
import { commandStatus } from '../smpp/codec/status.ts'
import type { IdForm } from '../smpp/message-id.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import { checkShare, Mix } from './mix.ts'

/** How the simulated SMSC sends delivery receipts. */
export interface ReceiptOptions {
  /** From the submit_sm to the receipt; 1000 by default. */
  delayMs?: number
  /** The delay varies evenly by up to this much either way. */
  jitterMs?: number
  /** Final states by share; what the shares leave over is DELIVRD. */
  states?: Partial<Record<ReceiptState, number>>
  /** Of a text of several segments, which get a receipt. */
  parts?: 'all' | 'first' | 'last'
  /** Share of receipts that are sent twice. */
  duplicates?: number
  /** Share of receipts that come before the submit_sm_resp. */
  early?: number
  /** Share of messages whose receipt never comes. */
  never?: number
  /** How message ids are written in submit_sm_resp. */
  idInResponse?: IdForm
  /** How message ids are written in receipts: in their text and in receipted_message_id. */
  idInReceipt?: IdForm
  /** Unanswered deliver_sm per bind at most; 100 by default. */
  window?: number
}

/** What `startSmsc` takes. */
export interface SmscOptions {
  /** 0, the default, takes any free port. */
  port?: number
  host?: string
  /** Only this system_id may bind; anybody by default. */
  systemId?: string
  /** Only this password is right; any by default. */
  password?: string
  /** Binds at a time; unlimited by default. */
  maxBinds?: number
  /** submit_sm per sliding second over all binds; unlimited by default. Above it: ESME_RTHROTTLED. */
  tps?: number
  /** From the submit_sm to its response; the delay varies evenly by up to `jitter` either way. */
  latencyMs?: { mean: number; jitter?: number }
  receipts?: ReceiptOptions
  /** submit_sm answered with an error, by share: names (`ESME_RMSGQFUL`) or numbers (`0x14`, `20`). */
  errors?: Readonly<Record<string, number>>
  /** Same seed and same arrivals: same outcomes. 1 by default. */
  seed?: number
  /** Keeps every accepted submit_sm in memory for tests to look at. */
  record?: boolean
}

/** The options with their defaults, checked. */
export interface SmscSettings {
  port: number
  host: string
  systemId: string | undefined
  password: string | undefined
  maxBinds: number
  tps: number | undefined
  latency: { mean: number; jitter: number }
  errors: Mix<number>
  receipts: Required<Omit<ReceiptOptions, 'states'>> & { states: Mix<ReceiptState> }
  seed: number
  record: boolean
}

/** @throws Problem for a share outside 0 to 1, an unknown status, a throughput that is no whole number. */
export function settingsOf(options: SmscOptions): SmscSettings {
  const receipts = options.receipts ?? {}
  const states = Object.entries(receipts.states ?? {}) as [ReceiptState, number][]
  const errors = Object.entries(options.errors ?? {}).map(([name, share]) => [statusOf(name), share] as const)
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    systemId: options.systemId,
    password: options.password,
    maxBinds: options.maxBinds ?? Number.POSITIVE_INFINITY,
    tps: options.tps === undefined ? undefined : whole(options.tps, 'tps'),
    latency: { mean: options.latencyMs?.mean ?? 0, jitter: options.latencyMs?.jitter ?? 0 },
    errors: new Mix(new Map(errors), 'errors'),
    receipts: {
      delayMs: receipts.delayMs ?? 1000,
      jitterMs: receipts.jitterMs ?? 0,
      states: new Mix(new Map(states), 'receipts.states'),
      parts: receipts.parts ?? 'all',
      duplicates: checkShare(receipts.duplicates ?? 0, 'receipts.duplicates'),
      early: checkShare(receipts.early ?? 0, 'receipts.early'),
      never: checkShare(receipts.never ?? 0, 'receipts.never'),
      idInResponse: receipts.idInResponse ?? 'string',
      idInReceipt: receipts.idInReceipt ?? 'string',
      window: whole(receipts.window ?? 100, 'receipts.window'),
    },
    seed: options.seed ?? 1,
    record: options.record ?? false,
  }
}

function whole(value: number, where: string): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new Problem('bad-number', `${value} is not a whole number above 0`, { where })
  }
  return value
}

function statusOf(name: string): number {
  const status = Object.hasOwn(commandStatus, name) ? commandStatus[name as keyof typeof commandStatus] : Number(name)
  if (name.trim() !== '' && Number.isInteger(status) && status >= 1 && status <= 0xffffffff) return status
  throw new Problem('bad-status', `"${name}" is not an error command_status`, {
    where: 'errors',
    hint: 'Give a name such as ESME_RMSGQFUL or a number such as 0x14.',
  })
}
