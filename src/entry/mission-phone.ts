import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/min'
import { Problem } from '../lib/problem.ts'
import { callCentre } from './call-centre.ts'
import type { EntryMission } from './model.ts'

/**
 * The number of a mission is one of its country, or the call centre's: another country's is a slip until somebody says that it is meant so.
 *
 * @returns Problem `mission-phone-abroad`
 */
export function phoneAbroad({
  id,
  country,
  phone,
}: Pick<EntryMission, 'id' | 'country' | 'phone'>): Problem | undefined {
  if (phone === callCentre || !isSupportedCountry(country)) return undefined
  const code = getCountryCallingCode(country as CountryCode)
  if (phone.startsWith(`+${code}`)) return undefined
  return new Problem(
    'mission-phone-abroad',
    `${phone} is no number of ${country}, where ${id} is: those begin with +${code}`,
    {
      status: 422,
      where: '/phone',
      hint: 'If it is meant so, confirm it: --confirm, or "confirm": true.',
    },
  )
}
