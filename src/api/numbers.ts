import type { Role } from '../alerts/lifecycle.ts'

/**
 * Who sees MSISDNs in full: who answers for an alert, and who checks that. Composers work with counts; administrators run the
 * machine and need no subscriber's number for it.
 */
export const numberRoles: readonly Role[] = ['approver', 'auditor']

export function seesNumbers(role: Role): boolean {
  return numberRoles.includes(role)
}
