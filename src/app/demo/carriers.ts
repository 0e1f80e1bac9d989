import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { loadProfiles } from '../../carriers/load.ts'
import type { CarrierProfile } from '../../carriers/schema.ts'
import { packageRoot } from '../paths.ts'
import { type SimulatedCarriers, type SmscPlan, startSimulatedCarriers } from './smscs.ts'

/** How each simulated carrier behaves beyond what its profile says: the profile is our side, this is theirs. */
const habits: Readonly<Record<string, SmscPlan['options']>> = {
  'sim-kr-1': {
    latencyMs: { mean: 15, jitter: 5 },
    receipts: { delayMs: 600, jitterMs: 400, states: { UNDELIV: 0.01, EXPIRED: 0.005 }, duplicates: 0.01 },
  },
  'sim-kr-2': {
    latencyMs: { mean: 25, jitter: 10 },
    receipts: { delayMs: 800, jitterMs: 500, states: { UNDELIV: 0.015 }, idInResponse: 'hex', idInReceipt: 'decimal' },
  },
  'sim-kr-3': {
    latencyMs: { mean: 20, jitter: 10 },
    receipts: { delayMs: 400, jitterMs: 200, states: { UNDELIV: 0.02 }, parts: 'first', early: 0.02 },
    errors: { ESME_RSYSERR: 0.002 },
  },
  'sim-jp-1': {
    latencyMs: { mean: 10, jitter: 5 },
    receipts: { delayMs: 1000, jitterMs: 600, states: { UNDELIV: 0.01, REJECTD: 0.003 } },
  },
  'sim-jp-2': {
    latencyMs: { mean: 30, jitter: 10 },
    receipts: { delayMs: 700, jitterMs: 300, parts: 'last', idInResponse: 'decimal', idInReceipt: 'decimal' },
    errors: { ESME_RMSGQFUL: 0.003 },
  },
}

/**
 * Starts the SMSCs of the live profiles in carriers/simulated and points the profiles at the ports that they got. Those of exercises have
 * nothing to do in the story.
 */
export async function startDemoCarriers(
  seed: number,
): Promise<{ profiles: CarrierProfile[]; smscs: SimulatedCarriers }> {
  const password = randomBytes(6).toString('hex')
  const folder = join(packageRoot, 'carriers', 'simulated')
  const all = await loadProfiles(folder, { SIMULATED_SMPP_PASSWORD: password })
  const profiles = all.filter(({ live }) => live)
  const smscs = await startSimulatedCarriers(
    profiles.map(({ id, systemId, throughput, binds, bind }, i) => ({
      id,
      options: {
        ...habits[id],
        systemId,
        password,
        // Each holds us to its contract, with the tolerance that carriers leave for the jitter of arrivals: what comes above it is
        // answered with ESME_RTHROTTLED.
        tps: Math.ceil(throughput * 1.1),
        maxBinds: bind === 'transceiver' ? binds : binds * 2,
        seed: seed + i,
      },
    })),
  )
  return {
    smscs,
    profiles: profiles.map((profile) => ({
      ...profile,
      links: [{ host: '127.0.0.1', port: smscs.ports[profile.id] as number, tls: false }],
    })),
  }
}
