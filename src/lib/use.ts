/**
 * What a message is for, which decides who may carry it. `exercise`: carriers that are not live. `rehearsal`: of these the simulated ones
 * alone, because it goes to the numbers of the real audience.
 */
export type Use = 'live' | 'exercise' | 'rehearsal'

/** Of an alert, by its status, and by the alert that it is a copy of. */
export function useOf({ status, rehearses }: { readonly status: string; readonly rehearses: string | null }): Use {
  if (status === 'Actual') return 'live'
  return rehearses === null ? 'exercise' : 'rehearsal'
}

/** Whether a carrier may carry what is for this use. */
export function carries(
  { live, simulated }: { readonly live: boolean; readonly simulated: boolean },
  use: Use,
): boolean {
  if (use === 'live') return live
  return !live && (use === 'exercise' || simulated)
}
