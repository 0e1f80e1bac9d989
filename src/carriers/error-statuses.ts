import { nearest } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import { commandStatus, statusName } from '../smpp/codec/status.ts'
import type { ErrorPolicy } from './error-policy.ts'

/**
 * The `errors` of a profile by number: keys are names of SMPP (`ESME_RTHROTTLED`) or numbers, since carriers have errors of
 * their own (`0x0400`, `1024`). What is no status is added to `problems`.
 */
export function errorsByStatus(
  written: Readonly<Record<string, ErrorPolicy>>,
  file: string,
  problems: Problem[],
): Record<number, ErrorPolicy> {
  const byStatus: Record<number, ErrorPolicy> = {}
  for (const [key, policy] of Object.entries(written)) {
    const where = `${file}/errors/${key}`
    const status = statusOf(key)
    if (status === undefined) problems.push(unknownStatus(key, where))
    else if (status === commandStatus.ESME_ROK)
      problems.push(new Problem('bad-value', 'ESME_ROK is no error', { where, hint: 'Remove the line.' }))
    else if (byStatus[status] !== undefined)
      problems.push(new Problem('bad-value', `${statusName(status)} stands twice`, { where, hint: 'Keep one.' }))
    else byStatus[status] = policy
  }
  return byStatus
}

function statusOf(key: string): number | undefined {
  if (Object.hasOwn(commandStatus, key)) return commandStatus[key as keyof typeof commandStatus]
  const status = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(key) ? Number(key) : Number.NaN
  return status <= 0xffffffff ? status : undefined
}

function unknownStatus(key: string, where: string): Problem {
  const near = nearest(key, Object.keys(commandStatus))
  return new Problem('unknown-status', `"${key}" is no command_status`, {
    where,
    hint: near
      ? `Did you mean "${near}"?`
      : 'Use a name of SMPP, such as ESME_RTHROTTLED, or a number, such as 0x0400.',
  })
}
