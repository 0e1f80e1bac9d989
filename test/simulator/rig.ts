import type { SmscOptions } from '../../src/simulator/settings.ts'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { deliveryOf } from '../../src/smpp/codec/delivery.ts'
import type { Pdu } from '../../src/smpp/codec/pdu.ts'
import { parseReceipt } from '../../src/smpp/receipt.ts'
import { Esme } from './esme.ts'

const open: (Smsc | Esme)[] = []

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const item of open.splice(0)) await item.close()
}

export async function smscWith(options: SmscOptions = {}): Promise<Smsc> {
  const smsc = await startSmsc(options)
  open.push(smsc)
  return smsc
}

export async function esmeOf(smsc: Smsc, command?: Parameters<typeof Esme.bound>[1]): Promise<Esme> {
  const esme = await Esme.bound(smsc.port, command)
  open.push(esme)
  return esme
}

export async function unboundOf(smsc: Smsc): Promise<Esme> {
  const esme = await Esme.connect(smsc.port)
  open.push(esme)
  return esme
}

export function receiptOf(pdu: Pdu, idInReceipt: 'string' | 'hex' | 'decimal' = 'string') {
  if (pdu.command !== 'deliver_sm') throw new Error('not a deliver_sm')
  const receipt = parseReceipt(deliveryOf(pdu, Buffer.alloc(0)), { idInReceipt })
  if (receipt === undefined) throw new Error('not a receipt')
  return receipt
}

export function messageIdOf(pdu: Pdu): string {
  if (pdu.command !== 'submit_sm_resp') throw new Error(`not a submit_sm_resp but ${pdu.command}`)
  return pdu.fields.message_id
}
