import { type Smsc, startSmsc } from '../../simulator/smsc.ts'
import type { SmscPlan, SmscRequest } from './smscs.ts'

// The process behind startSimulatedCarriers: first says its ports, then answers each request with one message.
const plans = JSON.parse(process.argv[2] ?? '[]') as SmscPlan[]
const smscs = new Map<string, Smsc>()
for (const { id, options } of plans) smscs.set(id, await startSmsc(options))

// Ctrl-C, or a signal of `timeout`, reaches the whole process group: the parent unbinds first and then says close.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit(0))
process.on('message', async (request: SmscRequest) => {
  if (request.do === 'drop') smscs.get(request.id)?.dropConnections()
  if (request.do === 'close') await Promise.all([...smscs.values()].map((smsc) => smsc.close()))
  const stats = Object.fromEntries([...smscs].map(([id, smsc]) => [id, smsc.stats()]))
  process.send?.(stats, () => {
    if (request.do === 'close') process.exit(0)
  })
})
process.send?.(Object.fromEntries([...smscs].map(([id, smsc]) => [id, smsc.port])))
