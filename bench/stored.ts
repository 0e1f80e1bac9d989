import { LANES } from '../src/alerts/lane.ts'
import { startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import { registerCarriers } from '../src/store/chunks/carriers.ts'
import { broken, figure, print } from './print.ts'
import { allDelivered, credentials, durability, makeBroadcast, profileOf, type Rig, startSender } from './rig.ts'
import { storeUpReceipts } from './store-up.ts'
import { listenIn, stopListening, type WireLog } from './wire.ts'

const id = 'stored'
const window = 100
const binds = 2
/**
 * Unanswered deliver_sm per bind. With 1,000 the store is empty within two seconds, and the first of them is silent after every
 * take-over: there would be nothing to judge.
 */
const receiptWindow = 100
const pollMs = 50
/** The new broadcast is sent for this long at least, and then until the store is empty, as far as can be told before. */
const leastSeconds = 10
const assumedReceiptsPerS = 8000

/**
 * Receipts that were stored up at the SMSC while nobody was bound come on bind, while a broadcast goes out: is the contract held, as
 * a ceiling and as a floor, until the last of them is acknowledged?
 */
export async function measureStored(rig: Rig, stored: number, contract: number): Promise<void> {
  const smscs = await startSimulatedCarriers([
    { id, options: { ...credentials, latencyMs: { mean: 5 }, receipts: { delayMs: 100, window: receiptWindow } } },
  ])
  try {
    print(await durability(rig.db))
    const port = smscs.ports[id] as number
    const profile = profileOf(id, port, [`throughput: ${contract}`, `binds: ${binds}`, `window: ${window}`])
    const no = (await registerCarriers(rig.db.pool, [id])).get(id)?.no as number
    const old = await makeBroadcast(rig.db, { messages: stored, route: [id], lane: LANES.severe, first: 820000000000 })
    await storeUpReceipts(rig.db, profile, no, old, rig.log)
    const seconds = leastSeconds + Math.ceil(stored / assumedReceiptsPerS)
    const fresh = await makeBroadcast(rig.db, { messages: contract * seconds, route: [id], lane: LANES.severe })
    const before = (await smscs.stats())[id]
    if (before?.receiptsSent !== 0) throw new Error('receipts were sent before anybody could receive')
    const wire = listenIn(port)
    const startedAt = performance.now()
    const sender = await startSender(rig, [profile])
    let acknowledged = 0
    while (acknowledged < stored) {
      await new Promise((resolve) => setTimeout(resolve, pollMs))
      acknowledged = (await smscs.stats())[id]?.receiptsAcknowledged ?? 0
    }
    const emptyAt = performance.now()
    await allDelivered(rig.db, [old, fresh], 120_000)
    const sent = (await smscs.stats())[id]?.receiptsSent ?? 0
    await sender.stop()
    report(wire, { stored, contract, startedAt, emptyAt })
    const expected = stored + contract * seconds
    if (sent !== expected) broken(`${sent} receipts were sent for ${expected} messages: some were not acknowledged`)
  } finally {
    stopListening()
    await smscs.close()
  }
}

interface Run {
  readonly stored: number
  readonly contract: number
  readonly startedAt: number
  readonly emptyAt: number
}

function report({ at, count, busiestSecond }: WireLog, { stored, contract, startedAt, emptyAt }: Run): void {
  const tookS = (emptyAt - startedAt) / 1000
  print(`${figure(stored)} stored receipts acknowledged in ${figure(tookS, 1)} s: ${figure(stored / tookS)} a second`)
  const first = at[0] as number
  const seconds = Math.floor((emptyAt - first) / 1000)
  const during = count.filter((_, i) => (at[i] as number) < first + seconds * 1000).reduce((sum, n) => sum + n, 0)
  if (seconds < 1) print('the store was empty before a second of the broadcast was over: store more')
  else {
    const used = during / seconds / contract
    print(`meanwhile ${figure(used * 100, 1)} % of a contract of ${figure(contract)} a second used, over ${seconds} s`)
    if (used < 0.99) broken('less than 99 % of the contract was used')
  }
  print(`busiest sliding second at our writes: ${figure(busiestSecond)}`)
  if (busiestSecond > contract) broken(`${busiestSecond} submit_sm in one second of ${contract}`)
}
