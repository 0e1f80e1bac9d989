import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

export interface RedisServer {
  url: string
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Runs the server until standard input ends, as it does however the parent dies. */
const untilParentDies = `
trap '' INT
"$0" "$@" &
cat >/dev/null
kill $!
wait
`

/** Starts a real Redis on 127.0.0.1 that keeps nothing on disk; on a given port to bring one back after `stop`. */
export async function startRedis(program: string, port?: number): Promise<RedisServer> {
  const chosen = port ?? (await freePort())
  const args = ['--port', String(chosen), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()]
  const server = spawn('/bin/sh', ['-c', untilParentDies, program, ...args], { stdio: ['pipe', 'ignore', 'inherit'] })
  const exited = once(server, 'exit')
  const url = `redis://127.0.0.1:${chosen}`
  while (!(await answers(url))) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
    await delay(10)
  }
  return {
    url,
    flush: async () => {
      const client = new Redis(url)
      await client.flushall()
      client.disconnect()
    },
    stop: async () => {
      server.stdin.end()
      await exited
    },
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}
