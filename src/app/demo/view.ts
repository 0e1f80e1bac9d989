import { Problem } from '../../lib/problem.ts'

/** What the view shows of one carrier. */
export interface CarrierLine {
  readonly id: string
  readonly binds: number
  readonly bindsWanted: number
  readonly throughput: number
  readonly sent: number
  readonly pending: number
  readonly submitted: number
  readonly delivered: number
  readonly other: number
}

export interface ViewOptions {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly carriers: () => Promise<CarrierLine[]>
}

const barWidth = 24

/** The demo as people watch it: lines of the story, and below them on a terminal a bar a carrier; piped, plain lines. */
export class View {
  readonly #o: ViewOptions
  readonly #started = performance.now()
  #drawn = 0
  readonly #samples = new Map<string, { sent: number; at: number }[]>()

  constructor(options: ViewOptions) {
    this.#o = options
  }

  say(line: string): void {
    this.#erase()
    this.#o.out.write(`${this.#clock()} ${line}\n`)
  }

  /** Waits until `done`, showing the carriers meanwhile. @throws Problem when it takes longer than `patienceMs`. */
  async until(what: string, patienceMs: number, done: () => Promise<boolean>): Promise<void> {
    const live = this.#o.out.isTTY === true
    const started = performance.now()
    let told = started
    while (!(await done())) {
      const now = performance.now()
      if (now - started > patienceMs)
        throw new Problem('demo-stuck', `${what} did not finish within ${patienceMs / 1000} s`)
      if (live) this.#draw(await this.#o.carriers())
      else if (now - told > 3000) {
        told = now
        this.say(`  ${what}, waiting/sent/final of all so far: ${(await this.#o.carriers()).map(plain).join(' | ')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, live ? 200 : 250))
    }
    if (live) this.#draw(await this.#o.carriers())
    this.say(`  ${what}: done after ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }

  #draw(carriers: readonly CarrierLine[]): void {
    const now = performance.now()
    const lines = carriers.map((carrier) => {
      const rate = this.#rateOf(carrier, now)
      const total = carrier.pending + carrier.submitted + carrier.delivered + carrier.other
      const part = (n: number) => Math.round((n / Math.max(1, total)) * barWidth)
      const bar = `${'█'.repeat(part(carrier.delivered + carrier.other))}${'▒'.repeat(part(carrier.submitted))}`
        .slice(0, barWidth)
        .padEnd(barWidth, '·')
      const link = carrier.binds === carrier.bindsWanted ? '' : `  ${carrier.binds}/${carrier.bindsWanted} binds`
      return `  ${carrier.id.padEnd(10)} ${bar} ${String(rate).padStart(5)}/s of ${String(carrier.throughput).padEnd(5)} pending ${carrier.pending}, sent ${carrier.submitted}, delivered ${carrier.delivered}, other ${carrier.other}${link}`
    })
    this.#erase()
    const width = this.#o.out.columns ?? 120
    this.#o.out.write(lines.map((line) => `${line.slice(0, width - 1)}\n`).join(''))
    this.#drawn = lines.length
  }

  /** Segments per second over the last two seconds or so. */
  #rateOf({ id, sent }: CarrierLine, now: number): number {
    const samples = [...(this.#samples.get(id) ?? []), { sent, at: now }].filter(({ at }) => now - at < 2000)
    this.#samples.set(id, samples)
    const first = samples[0] as { sent: number; at: number }
    return now - first.at < 200 ? 0 : Math.round(((sent - first.sent) / (now - first.at)) * 1000)
  }

  #erase(): void {
    if (this.#drawn > 0) this.#o.out.write(`\u001b[${this.#drawn}A\u001b[0J`)
    this.#drawn = 0
  }

  #clock(): string {
    return `${((performance.now() - this.#started) / 1000).toFixed(1).padStart(6)} s`
  }
}

function plain({ id, pending, submitted, delivered, other, binds, bindsWanted }: CarrierLine): string {
  const link = binds === bindsWanted ? '' : ` (${binds}/${bindsWanted} binds)`
  return `${id}${link} ${pending}/${submitted}/${delivered + other}`
}
