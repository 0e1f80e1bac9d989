import { all } from 'mcc-mnc-list'

/**
 * Which countries a network code may mean (ITU-T E.212; the table is mcc-mnc-list, from the public list of network codes). A
 * network can serve several: the French Antilles are one network and five codes of ISO 3166; then all are candidates.
 */
const byPlmn = new Map<string, string[]>()
const byMcc = new Map<string, string[]>()

/** ISO 3166-1 alpha-2 in order; 5 or 6 digits; an MNC not listed gives the candidates of its MCC; MCC 901 (satellites, ships, aircraft) gives none. */
export function countriesOfPlmn(plmn: string): string[] {
  load()
  return [...(byPlmn.get(plmn) ?? byPlmn.get(unpadded(plmn)) ?? byMcc.get(plmn.slice(0, 3)) ?? [])]
}

/** Whether the table has the very network, in use or not; carriers get new codes sooner than the table does. */
export function isListedPlmn(plmn: string): boolean {
  load()
  return byPlmn.has(plmn) || byPlmn.has(unpadded(plmn))
}

/** Some systems pad an MNC of two digits to three: 450008 is 45008. */
export const unpadded = (plmn: string): string =>
  plmn.length === 6 && plmn[3] === '0' ? plmn.slice(0, 3) + plmn.slice(4) : plmn

/** All countries whose networks use the MCC, in order; none for international and test codes. */
export function countriesOfMcc(mcc: string): string[] {
  load()
  return [...(byMcc.get(mcc) ?? [])]
}

/** Whether the MCC is one of those without a country: 001 and 999 (tests, private), 901 and up (satellites, ships). */
export function isInternationalMcc(mcc: string): boolean {
  return mcc === '001' || mcc.startsWith('9')
}

/** A network code: MCC of three digits, MNC of two or three. */
export function isPlmn(text: string): boolean {
  return /^\d{5,6}$/.test(text)
}

function load(): void {
  if (byMcc.size > 0) return
  const plmns = new Map<string, { operating: Set<string>; all: Set<string> }>()
  const mccs = new Map<string, Set<string>>()
  for (const { mcc, mnc, countryCode, status, type } of all()) {
    if (type !== 'National' || !countryCode || !mcc) continue
    // `BL/GF/GP/MF/MQ` are several; `GE-AB` is a part of GE.
    const countries = countryCode.split('/').map((code) => code.slice(0, 2))
    const ofMcc = mccs.get(mcc) ?? new Set()
    for (const country of countries) ofMcc.add(country)
    mccs.set(mcc, ofMcc)
    if (!/^\d{2,3}$/.test(mnc ?? '')) continue
    const ofPlmn = plmns.get(mcc + mnc) ?? { operating: new Set(), all: new Set() }
    for (const country of countries) {
      ofPlmn.all.add(country)
      if (status === 'Operational') ofPlmn.operating.add(country)
    }
    plmns.set(mcc + mnc, ofPlmn)
  }
  const shared = new Map<string, string[]>()
  const share = (set: Set<string>): string[] => {
    const list = [...set].sort()
    const known = shared.get(list.join())
    if (known) return known
    shared.set(list.join(), list)
    return list
  }
  for (const [mcc, set] of mccs) byMcc.set(mcc, share(set))
  for (const [plmn, { operating, all }] of plmns) byPlmn.set(plmn, share(operating.size > 0 ? operating : all))
}
