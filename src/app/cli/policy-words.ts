import type { EntryPolicy } from '../../entry/policy.ts'

/** A policy as a sentence of parts, each what an operator would say of it. */
export function policyWords({
  enabled,
  kinds,
  coolDownHours,
  returnMinutes,
  transitMinutes,
  delaySeconds,
  quiet,
  resend,
}: EntryPolicy): string {
  if (!enabled) return 'off: nobody gets a text'
  const again = [
    ...(resend.level ? ['when the level rises'] : []),
    ...(resend.alert ? ['when an alert comes into force'] : []),
  ]
  const quietWords = (hours: NonNullable<typeof quiet>) =>
    `not from ${hours.from} to ${hours.to} by the clock there${hours.unlessLevel === null ? '' : `, unless the level is ${hours.unlessLevel} or graver`}`
  return [
    `texts: ${kinds.join(', ')}`,
    delaySeconds === 0 ? 'at once' : `${plural(delaySeconds, 'second')} after the entry`,
    ...(transitMinutes === 0 ? [] : [`to those who stay ${plural(transitMinutes, 'minute')}`]),
    ...(quiet === null ? [] : [quietWords(quiet)]),
    coolDownHours === 0 ? 'at each stay' : `not again within ${plural(coolDownHours, 'hour')}`,
    ...(returnMinutes === 0 ? [] : [`not to those who are back within ${plural(returnMinutes, 'minute')}`]),
    again.length === 0 ? 'not told again' : `told again ${again.join(' and ')}`,
  ].join('; ')
}

const plural = (n: number, unit: string) => `${n} ${unit}${n === 1 ? '' : 's'}`
