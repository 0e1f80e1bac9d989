import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SmscOptions } from '../../simulator/settings.ts'
import type { SmscStats } from '../../simulator/smsc.ts'

/** What the demo asks of the process that runs its simulated SMSCs. */
export type SmscRequest =
  | { readonly do: 'stats' }
  | { readonly do: 'drop'; readonly id: string }
  | { readonly do: 'close' }

export interface SmscPlan {
  readonly id: string
  readonly options: SmscOptions
}

/** The simulated SMSCs of the demo, in a process of their own: carriers are other people's machines. */
export interface SimulatedCarriers {
  /** The port of each, by carrier id. */
  readonly ports: Readonly<Record<string, number>>
  readonly pid: number
  stats(): Promise<Record<string, SmscStats>>
  /** Cuts every connection of one SMSC, answers pending. */
  drop(id: string): Promise<void>
  close(): Promise<void>
}

export async function startSimulatedCarriers(plans: readonly SmscPlan[]): Promise<SimulatedCarriers> {
  const self = fileURLToPath(import.meta.url)
  const child = fork(self.replace(/smscs\.(js|ts)$/, 'smscs-child.$1'), [JSON.stringify(plans)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const gone = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the simulated carriers ended with code ${code}`)))
  })
  gone.catch(() => undefined)
  const answer = <T>() =>
    Promise.race([new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T))), gone])
  const ask = <T>(request: SmscRequest) => {
    const answered = answer<T>()
    child.send(request)
    return answered
  }
  const ports = await answer<Record<string, number>>()
  // One question at a time: answers carry no number.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(request: SmscRequest): Promise<T> => {
    const turn = last.then(() => ask<T>(request))
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    ports,
    pid: child.pid as number,
    stats: () => inTurn({ do: 'stats' }),
    drop: (id) => inTurn({ do: 'drop', id }),
    close: () => inTurn({ do: 'close' }),
  }
}
