import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startSimulatedCarriers } from '../src/app/demo/smscs.ts'
import { type Engine, type EngineRole, startEngine } from '../src/app/engine.ts'
import { packageRoot } from '../src/app/paths.ts'
import { parseProfile } from '../src/carriers/load.ts'
import type { CarrierProfile } from '../src/carriers/schema.ts'
import { credentials, profileYaml, type Rig } from './rig.ts'
import { SmscLogReader } from './smsc-log.ts'

/** A carrier of one contract, and its simulated SMSC in a process of its own: receipts for all, answers after 10 to 30 ms. */
export interface OneCarrier {
  readonly id: string
  readonly profile: CarrierProfile
  /** The profile as a file says it. */
  readonly yaml: string
  /** Of the SMSC's process. */
  readonly pid: number
  /** What the SMSC says of each message. */
  readonly log: SmscLogReader
  /** Waits until the SMSC has taken so many more messages. */
  taken(messages: number): Promise<void>
  close(): Promise<void>
}

const id = 'bench'

/**
 * @param dir where the SMSC writes its log
 * @param contract submit_sm a second
 */
export async function startOneCarrier(dir: string, contract: number): Promise<OneCarrier> {
  const log = join(dir, `smsc-${contract}.log`)
  const smscs = await startSimulatedCarriers([
    {
      id,
      options: {
        ...credentials,
        latencyMs: { mean: 20, jitter: 10 },
        receipts: { delayMs: 500, jitterMs: 300, window: 1000 },
        log,
      },
    },
  ])
  const accepted = async () => (await smscs.stats())[id]?.accepted ?? 0
  const yaml = profileYaml(id, smscs.ports[id] as number, [`throughput: ${contract}`, 'binds: 4', 'window: 500'])
  return {
    id,
    profile: parseProfile(yaml, `${id}.yaml`, {}),
    yaml,
    pid: smscs.pid,
    log: new SmscLogReader(log),
    async taken(messages) {
      const from = await accepted()
      while ((await accepted()) < from + messages) await pause(20)
    },
    close: () => smscs.close(),
  }
}

/** An engine in this process that has this carrier only. */
export const startEngineFor = (carrier: OneCarrier, { db, dir, log }: Rig, roles: EngineRole[]): Promise<Engine> =>
  startEngine({
    databaseUrl: db.url,
    redisUrl: undefined,
    dataDir: dir,
    geofencesDir: join(packageRoot, 'geofences'),
    port: 0,
    profiles: [carrier.profile],
    roles,
    log,
  })
