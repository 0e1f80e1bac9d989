import { count, duration } from '../figures.ts'
import { html, type Markup } from './markup.ts'

export interface Series {
  readonly name: string
  /** One for each of the chart's times. */
  readonly values: readonly number[]
}

export interface LineChart {
  /** Unique in the page. */
  readonly id: string
  readonly title: string
  /** What a person who does not see it has to know. */
  readonly description: string
  /** s after the launch. */
  readonly seconds: readonly number[]
  /** No more than `mostSeries`. */
  readonly series: readonly Series[]
  /** Values are per cent. */
  readonly percent?: boolean
  /** Points beside the lines: what was expected. */
  readonly points?: readonly { readonly seconds: number; readonly value: number; readonly name: string }[]
}

/** Lines that can still be told apart, by their dashes as by their colours (report-style.ts). */
export const mostSeries = 6

const width = 680
const height = 250
const plot = { left: 64, right: 664, top: 12, bottom: 214 } as const
/** Labels of an axis of time, at the most. */
const mostTicks = 8

/** An SVG with its legend. It holds no script and no style of its own: the page's style sheet draws its classes. */
export function lineChart({
  id,
  title,
  description,
  seconds,
  series,
  percent = false,
  points = [],
}: LineChart): Markup {
  const lastSecond = Math.max(seconds.at(-1) ?? 1, ...points.map((point) => point.seconds))
  const most = percent
    ? 100
    : niceMost(Math.max(1, ...series.flatMap(({ values }) => values), ...points.map((p) => p.value)))
  const x = (second: number) => rounded(plot.left + (second / lastSecond) * (plot.right - plot.left))
  const y = (value: number) => rounded(plot.bottom - (value / most) * (plot.bottom - plot.top))
  const every = Math.ceil((seconds.length - 1) / mostTicks)
  const ticks = seconds.filter((_, i) => i % every === 0)
  const label = (value: number) => (percent ? `${value} %` : count(value))
  return html`<figure>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
${[0, 1, 2, 3, 4].map((i) => {
  const value = (most / 4) * i
  return html`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y(value)}" y2="${y(value)}"/><text class="tick" text-anchor="end" x="${plot.left - 6}" y="${y(value) + 4}">${label(value)}</text>`
})}
${ticks.map((second) => html`<text class="tick" text-anchor="middle" x="${x(second)}" y="${plot.bottom + 18}">${duration(second)}</text>`)}
<text class="tick" text-anchor="end" x="${plot.right}" y="${height - 2}">after the launch</text>
${series.map(({ values }, i) => html`<polyline class="line s${i}" points="${values.map((value, at) => `${x(seconds[at] as number)},${y(value)}`).join(' ')}"/>`)}
${points.map((point) => html`<path class="point" d="${cross(x(point.seconds), y(point.value))}"/>`)}
</svg>
<figcaption>${title}<ul class="legend">${series.map(({ name }, i) => html`<li>${swatch(i)}${name}</li>`)}${points.length > 0 && html`<li><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 10" class="swatch" aria-hidden="true"><path class="point" d="${cross(12, 5)}"/></svg>${points.map(({ name }) => name).join(', ')}</li>`}</ul></figcaption>
</figure>`
}

const swatch = (i: number) =>
  html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 10" class="swatch" aria-hidden="true"><line class="line s${i}" x1="0" x2="24" y1="5" y2="5"/></svg>`

const cross = (x: number, y: number) => `M${x - 4},${y - 4}L${x + 4},${y + 4}M${x - 4},${y + 4}L${x + 4},${y - 4}`

const rounded = (pixels: number) => Math.round(pixels * 10) / 10

/** The least of 4, 8, 12, 20, 40, 80, 120, … that is not less: its quarters are whole numbers. */
function niceMost(n: number): number {
  for (let ten = 1; ; ten *= 10) {
    for (const one of [4, 8, 12, 20]) if (one * ten >= n) return one * ten
  }
}
