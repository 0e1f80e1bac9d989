import type { Role } from '../alerts/lifecycle.ts'
import { Problem } from '../lib/problem.ts'

/**
 * Who sees MSISDNs in full: who answers for an alert, and who checks that. Composers work with counts; administrators run the
 * machine and need no subscriber's number for it.
 */
export const numberRoles: readonly Role[] = ['approver', 'auditor']

/** @throws Problem where this role asks for MSISDNs in full and may not see them. */
export function checkNumbers(numbers: 'masked' | 'full', roles: readonly Role[]): void {
  if (numbers === 'masked' || roles.some((role) => numberRoles.includes(role))) return
  throw new Problem('numbers-not-shown', `The role ${roles.join(', ')} sees numbers masked`, {
    status: 403,
    hint: 'Leave numbers=full out, or use a key with the role approver or auditor.',
  })
}
