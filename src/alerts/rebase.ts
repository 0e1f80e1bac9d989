import { formatTime, offsetOf } from './cap-time.ts'
import type { Alert } from './model.ts'

/**
 * The same alert with all its times shifted so that it is sent at `now` (epoch ms, cut to the second): for exercises and the demo,
 * which replay a real event. References shift by the same amount; where the alerts of one chain are rebased together, give the first
 * alert's `sent` as `origin`, so that their distances and references keep matching. Texts that name a time are not touched.
 */
export function rebase(alert: Alert, now: number, origin: string = alert.sent): Alert {
  const by = Math.floor(now / 1000) * 1000 - Date.parse(origin)
  const shift = (time: string) => formatTime(Date.parse(time) + by, offsetOf(time))
  return {
    ...alert,
    sent: shift(alert.sent),
    references: alert.references.map((reference) => ({ ...reference, sent: shift(reference.sent) })),
    infos: alert.infos.map((info) => ({
      ...info,
      ...(info.effective === undefined ? {} : { effective: shift(info.effective) }),
      ...(info.onset === undefined ? {} : { onset: shift(info.onset) }),
      ...(info.expires === undefined ? {} : { expires: shift(info.expires) }),
    })),
  }
}
