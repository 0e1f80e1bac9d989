import { Problem } from '../lib/problem.ts'
import { commandStatus } from '../smpp/codec/status.ts'
import type { IdForm } from '../smpp/message-id.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import { type Delay, type Distribution, delayOf } from './delay.ts'
import { type FaultOptions, type Faults, faultsOf } from './faults.ts'
import { checkShare, Mix } from './mix.ts'
import type { ReceiptFormat } from './receipt-format.ts'

/** How the simulated SMSC sends delivery receipts. */
export interface ReceiptOptions {
  /** From the submit_sm to the receipt; 1000 by default. */
  delayMs?: number
  /** How far the delay varies: see `DelayOptions`. */
  jitterMs?: number
  /** `uniform` by default. */
  distribution?: Distribution
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
  /** Share of receipts that are held back up to a second, so that later ones overtake them. */
  reorder?: number
  /** Share of messages with an ENROUTE or ACCEPTD receipt too: before the final one, or after it in a quarter of the cases. */
  intermediate?: number
  /** How receipts are written: `standard` by default, `mixed` draws one for each message. */
  format?: ReceiptFormat | 'mixed'
  /** Share of receipts whose id, hex or decimal, has zeros in front and letters in the other case. */
  idVariants?: number
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
  /** Binds answered with an error, by share; names or numbers as in `errors`. */
  bindErrors?: Readonly<Record<string, number>>
  /** submit_sm per sliding second over all binds; unlimited by default. Above it: ESME_RTHROTTLED. */
  tps?: number
  /** Tells in the TLV congestion_state of each submit_sm_resp how much of `tps` is used, in percent (SMPP 5.0 §4.8.4.18). */
  congestion?: boolean
  /** From the submit_sm to its response; `uniform` by default. */
  latencyMs?: { mean: number; jitter?: number; distribution?: Distribution }
  receipts?: ReceiptOptions
  /** submit_sm answered with an error, by share: names (`ESME_RMSGQFUL`) or numbers (`0x14`, `20`). */
  errors?: Readonly<Record<string, number>>
  /**
   * Destinations, a share of all by a hash of the number and the seed, whose queue is full (ESME_RMSGQFUL) from their first
   * submit_sm on for `forMs`; 10,000 ms by default.
   */
  fullQueues?: { share: number; forMs?: number }
  /** Share of accepted submit_sm whose response gives no message_id: half of them an empty one, half no body at all. */
  noId?: number
  faults?: FaultOptions
  /** Same seed and same arrivals: same outcomes. 1 by default. */
  seed?: number
  /** Keeps every accepted submit_sm in memory for tests to look at. */
  record?: boolean
  /** A file to which every event is appended: see `EventLog`. */
  log?: string
}

/** The options with their defaults, checked. */
export interface SmscSettings {
  port: number
  host: string
  systemId: string | undefined
  password: string | undefined
  maxBinds: number
  bindErrors: Mix<number>
  tps: number | undefined
  congestion: boolean
  /** `undefined` answers at once. */
  latency: Delay | undefined
  errors: Mix<number>
  fullQueues: { share: number; forMs: number }
  noId: number
  faults: Faults
  receipts: Required<Omit<ReceiptOptions, 'states' | 'delayMs' | 'jitterMs' | 'distribution'>> & {
    delay: Delay
    states: Mix<ReceiptState>
  }
  seed: number
  record: boolean
  log: string | undefined
}

/** @throws Problem for a share outside 0 to 1, an unknown status, a throughput that is no whole number, a delay that is none. */
export function settingsOf(options: SmscOptions): SmscSettings {
  const receipts = options.receipts ?? {}
  const states = Object.entries(receipts.states ?? {}) as [ReceiptState, number][]
  const { mean = 0, jitter = 0, distribution = 'uniform' } = options.latencyMs ?? {}
  const idInReceipt = receipts.idInReceipt ?? 'string'
  if (options.congestion && options.tps === undefined) {
    throw new Problem('bad-choice', 'congestion is told in percent of a throughput, and none is given', {
      where: 'congestion',
      hint: 'Set tps too.',
    })
  }
  if (receipts.idVariants && idInReceipt === 'string') {
    throw new Problem('bad-choice', 'an id that is no number has only one way to be written', {
      where: 'receipts.idVariants',
      hint: 'Let receipts have ids in hex or decimal.',
    })
  }
  return {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    systemId: options.systemId,
    password: options.password,
    maxBinds: options.maxBinds ?? Number.POSITIVE_INFINITY,
    bindErrors: statusMix(options.bindErrors, 'bindErrors'),
    tps: options.tps === undefined ? undefined : whole(options.tps, 'tps'),
    congestion: options.congestion ?? false,
    latency: mean === 0 && jitter === 0 ? undefined : delayOf({ mean, jitter, distribution }, 'latencyMs'),
    errors: statusMix(options.errors, 'errors'),
    fullQueues: {
      share: checkShare(options.fullQueues?.share ?? 0, 'fullQueues.share'),
      forMs: options.fullQueues?.forMs ?? 10_000,
    },
    noId: checkShare(options.noId ?? 0, 'noId'),
    faults: faultsOf(options.faults ?? {}),
    receipts: {
      delay: delayOf(
        {
          mean: receipts.delayMs ?? 1000,
          jitter: receipts.jitterMs ?? 0,
          distribution: receipts.distribution ?? 'uniform',
        },
        'receipts.delayMs',
      ),
      states: new Mix(new Map(states), 'receipts.states'),
      parts: receipts.parts ?? 'all',
      duplicates: checkShare(receipts.duplicates ?? 0, 'receipts.duplicates'),
      early: checkShare(receipts.early ?? 0, 'receipts.early'),
      never: checkShare(receipts.never ?? 0, 'receipts.never'),
      reorder: checkShare(receipts.reorder ?? 0, 'receipts.reorder'),
      intermediate: checkShare(receipts.intermediate ?? 0, 'receipts.intermediate'),
      format: receipts.format ?? 'standard',
      idVariants: checkShare(receipts.idVariants ?? 0, 'receipts.idVariants'),
      idInResponse: receipts.idInResponse ?? 'string',
      idInReceipt,
      window: whole(receipts.window ?? 100, 'receipts.window'),
    },
    seed: options.seed ?? 1,
    record: options.record ?? false,
    log: options.log,
  }
}

function whole(value: number, where: string): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new Problem('bad-number', `${value} is not a whole number above 0`, { where })
  }
  return value
}

function statusMix(shares: Readonly<Record<string, number>> = {}, where: string): Mix<number> {
  return new Mix(new Map(Object.entries(shares).map(([name, share]) => [statusOf(name, where), share])), where)
}

function statusOf(name: string, where: string): number {
  const status = Object.hasOwn(commandStatus, name) ? commandStatus[name as keyof typeof commandStatus] : Number(name)
  if (name.trim() !== '' && Number.isInteger(status) && status >= 1 && status <= 0xffffffff) return status
  throw new Problem('bad-status', `"${name}" is not an error command_status`, {
    where,
    hint: 'Give a name such as ESME_RMSGQFUL or a number such as 0x14.',
  })
}
