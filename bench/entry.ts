import { parseArgs } from 'node:util'
import { LANES } from '../src/alerts/lane.ts'
import { addKey } from '../src/store/people/keys.ts'
import { EngineProcess } from './engine-process.ts'
import { EntryLoad, firstLesser } from './entry-load.ts'
import { Feed } from './ingest-feed.ts'
import { startOneCarrier } from './one-carrier.ts'
import { broken, figure, print, wholeNumber } from './print.ts'
import { durability, makeBroadcast, startRig } from './rig.ts'

/**
 * Notifications while a lesser broadcast to a million goes out through the carrier that their texts need too: how many a second are kept
 * and worked off, and how long it takes from the request to the first submit_sm at the SMSC. A real `serve` with all its roles; the SMSC, in
 * a process of its own, says when each text came.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      queued: { type: 'string', default: '1000000' },
      contract: { type: 'string', default: '4000' },
      roamers: { type: 'string', default: '1000000' },
      rates: { type: 'string', default: '500,2000,5000,10000,15000' },
      share: { type: 'string', default: '8' },
      batch: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
    },
  })
  const contract = wholeNumber('--contract', values.contract)
  const share = wholeNumber('--share', values.share)
  const queued = wholeNumber('--queued', values.queued)
  const batch = wholeNumber('--batch', values.batch)
  const rig = await startRig()
  const carrier = await startOneCarrier(rig.dir, contract)
  const engine = new EngineProcess(rig, { [carrier.id]: carrier.yaml }, ['api', 'targeting', 'dispatch'])
  try {
    print(await durability(rig.db))
    // Half of those who enter are known and come from elsewhere; the others nobody has heard of.
    const mix = { duplicate: 5, leave: share / 2, entry: share / 2, again: 25, homeComers: false }
    const feed = new Feed(wholeNumber('--roamers', values.roamers), wholeNumber('--seed', values.seed), mix)
    await feed.seed(rig.db)
    await makeBroadcast(rig.db, { messages: queued, route: [carrier.id], lane: LANES.other, first: firstLesser })
    await engine.start()
    const key = await addKey(rig.db, 'bench feed', 'carrier', 'bench')
    await carrier.taken(contract)
    print(
      `${figure(queued)} lesser messages going out, contract ${figure(contract)}/s; ${values.roamers} roamers known, requests of ${batch} ` +
        `notifications, ${share} of a hundred entries`,
    )
    const load = new EntryLoad({ rig, engine, carrier, contract, feed, key, batch, share })
    for (const text of values.rates.split(',')) {
      await load.run(wholeNumber('--rates', text), wholeNumber('--seconds', values.seconds))
    }
    const { rows } = await rig.db.pool.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM chunk WHERE state = 'ready' AND lane = ${LANES.other}`,
    )
    if ((rows[0]?.left ?? 0) === 0) broken('the lesser broadcast was over before the end: use more with --queued')
  } finally {
    await engine.stop()
    await carrier.close()
    await rig.close()
  }
}
