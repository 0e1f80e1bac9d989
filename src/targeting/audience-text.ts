import type { Alert } from '../alerts/model.ts'
import { messageText, pickInfo } from '../alerts/text.ts'
import { encodeForCarrier } from '../carriers/encode.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { Problem } from '../lib/problem.ts'
import { carries, type Use } from '../lib/use.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** The texts of an alert, in the order of its infos: what broadcast_text holds, numbered from 1. */
export function textsOf(alert: Alert): { key: string; language: string; text: string }[] {
  return alert.infos.map((info, i) => ({ key: String(i + 1), language: info.language, text: messageText(alert, info) }))
}

/** The text that everybody gets for whom there is none in his language, or whose carrier cannot write that one. */
export const fallBackVariant = 1

/** The number of the text for a language and a route. */
export type VariantChooser = (language: string | null, route: readonly number[]) => number

/**
 * Chooses the number of the text by the person's language and his route. A text in a language that one of the carriers of the
 * route cannot write gives way to the first, which all of them can (`checkFallBack`).
 */
export function textChooser(alert: Alert, routes: RouteNumbers): VariantChooser {
  const texts = textsOf(alert)
  const known = new Map<string, number>()
  const choose = (language: string | null, route: readonly number[]) => {
    const info = pickInfo(alert, language ?? undefined)
    const variant = info === undefined ? fallBackVariant : alert.infos.indexOf(info) + 1
    const text = texts[variant - 1]?.text
    const writable = text !== undefined && route.every((no) => canWrite(text, routes.profileOf(no)))
    return writable ? variant : fallBackVariant
  }
  return (language, route) => {
    const key = `${language}|${route.join()}`
    const variant = known.get(key) ?? choose(language, route)
    known.set(key, variant)
    return variant
  }
}

/** @throws Problem of the text codec where one of the carriers that it may go through cannot write the alert's first text. */
export function checkFallBack(alert: Alert, profiles: readonly CarrierProfile[], use: Use): void {
  const text = textsOf(alert)[fallBackVariant - 1]?.text
  if (text === undefined) return
  for (const profile of profiles) if (carries(profile, use)) encodeForCarrier(text, profile)
}

/** Ids of the carriers that the alert may go through and that cannot write its first text. @throws Problem where none can */
export function unableToWrite(alert: Alert, profiles: readonly CarrierProfile[], use: Use): string[] {
  const text = textsOf(alert)[fallBackVariant - 1]?.text
  const through = profiles.filter((profile) => carries(profile, use))
  const unable = through.filter((profile) => text !== undefined && !canWrite(text, profile))
  if (unable.length === through.length) checkFallBack(alert, unable, use)
  return unable.map(({ id }) => id)
}

function canWrite(text: string, profile: CarrierProfile | undefined): boolean {
  if (!profile) return false
  try {
    encodeForCarrier(text, profile)
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}
