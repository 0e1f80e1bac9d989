import type { PreviewDeps } from '../targeting/preview.ts'
import type { ApiDeps } from './deps.ts'

/** What a preview stands on: the carriers as they are now, and what holds them back. */
export function previewDeps({ db, countries, carriers, carrierStatus }: ApiDeps): PreviewDeps {
  const heldBack = new Map(carrierStatus().flatMap(({ id, windowBound, rate }) => (windowBound ? [[id, rate]] : [])))
  return { db, countries, profiles: carriers.profiles, heldBack }
}
