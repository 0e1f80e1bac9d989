import type { Alert } from './model.ts'
import { messageText, pickInfo } from './text.ts'

/** The sender of alerts that do not say who issues them, where the installation has no own (`BONGSU_SENDER`). */
export const DEFAULT_SENDER = 'bongsu'

/** `[안전경보]`, `【安全警報】`, `SAFETY ALERT:` at the start of a text: whoever reads it sees who speaks. */
const bracketed = /^\s*[[【(［]([^\]】)］]{2,40})[\]】)］]/

/** Who issues an alert, in this language as far as it says so; undefined where nothing in it does. */
export function issuerOf(alert: Alert, language: string): string | undefined {
  const info = pickInfo(alert, language)
  if (info?.senderName !== undefined) return info.senderName
  const text = info === undefined ? undefined : messageText({ status: 'Actual' }, info)
  const inText = text === undefined ? undefined : bracketed.exec(text)?.[1]
  if (inText !== undefined) return inText.trim()
  const named = alert.infos.find(({ senderName }) => senderName !== undefined)?.senderName
  return named ?? (alert.sender === DEFAULT_SENDER ? undefined : alert.sender)
}
