import { Problem } from '../lib/problem.ts'
import type { IdForm } from '../smpp/message-id.ts'
import { isReceiptState } from '../smpp/receipt-text.ts'
import type { ReceiptOptions } from './settings.ts'

export function integer(text: string, where: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new Problem('bad-number', `"${text}" is not a whole number`, { where })
}

export function number(text: string, where: string): number {
  if (/^\d*\.?\d+$/.test(text)) return Number(text)
  throw new Problem('bad-number', `"${text}" is not a number`, { where, hint: 'Give a share such as 0.02.' })
}

export function oneOf<T extends string>(text: string, allowed: readonly T[], where: string): T {
  const found = allowed.find((item) => item === text)
  if (found !== undefined) return found
  throw new Problem('bad-choice', `"${text}" is none of ${allowed.join(', ')}`, { where })
}

export function idForm(text: string, where: string): IdForm {
  return oneOf(text, ['string', 'hex', 'decimal'], where)
}

export function mix(text: string, where: string): Record<string, number> {
  return Object.fromEntries(
    text.split(',').map((item) => {
      const [name = '', share = ''] = item.split('=')
      return [name.trim(), number(share.trim(), where)]
    }),
  )
}

export function stateMix(text: string, where: string): NonNullable<ReceiptOptions['states']> {
  const shares = mix(text, where)
  const unknown = Object.keys(shares).find((name) => !isReceiptState(name))
  if (unknown !== undefined) {
    throw new Problem('bad-choice', `"${unknown}" is not a receipt state`, {
      where,
      hint: 'States are DELIVRD, EXPIRED, DELETED, UNDELIV, ACCEPTD, UNKNOWN, REJECTD, ENROUTE and SKIPPED.',
    })
  }
  return shares
}
