/** Of a preview what is said in a line. */
export interface Preview {
  readonly matched: number
  readonly byReason: Readonly<Record<string, number>>
  readonly byCarrier: Readonly<Record<string, { messages: number; seconds: number }>>
  readonly forecast: { readonly p50: number; readonly p90: number; readonly p99: number }
  readonly cost: Readonly<Record<string, number>>
}

/** Who would get it, before anybody decides. */
export function previewLine({ matched, byReason, byCarrier, forecast, cost }: Preview): string {
  if (matched === 0) return `matches ${people(0)} now`
  const reasons = Object.entries(byReason).map(([reason, n]) => `${reason} ${n}`)
  const carriers = Object.entries(byCarrier).map(([id, { messages, seconds }]) =>
    id === 'none' ? `${messages} that no carrier reaches` : `${id} ${messages} in ${seconds} s`,
  )
  const times = `half handed over after ${forecast.p50} s, 99 % after ${forecast.p99} s`
  const costs = Object.entries(cost).map(([currency, amount]) => `; ${amount} ${currency}`)
  return `matches ${people(matched)} now: ${reasons.join(', ')}; ${carriers.join(', ')}; ${times}${costs.join('')}`
}

export const people = (n: number): string => (n === 1 ? '1 person' : `${n} people`)
