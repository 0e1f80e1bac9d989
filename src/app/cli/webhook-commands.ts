import type { Command } from 'commander'
import { ApiClient } from './client.ts'

interface Webhook {
  readonly id: string
  readonly url: string
  readonly acts: readonly string[] | null
  readonly waiting: number
  readonly givenUp: number
}

interface Delivery {
  readonly eventId: number
  readonly act: string
  readonly state: string
  readonly attempts: number
  readonly error: string | null
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const path = '/v1/webhooks'

/** `bongsu webhooks`: addresses that are told what is done to alerts; for administrators. */
export function registerWebhookCommands(program: Command): void {
  const webhooks = program.command('webhooks').description('addresses that are told what is done to alerts')

  webhooks
    .command('list')
    .description('each with its acts, and how many events wait or were given up')
    .action(async () => {
      for await (const { id, url, acts, waiting, givenUp } of pages()) {
        print(`${id}  ${url}  ${acts?.join(',') ?? 'all'}  waiting ${waiting}, given up ${givenUp}`)
      }
    })

  webhooks
    .command('add')
    .argument('<url>', 'https://')
    .option('--acts <acts>', 'only these: launch,cancel (default: all)')
    .description('have an address told from now on; prints its id, and the secret last')
    .action(async (url: string, { acts }: { acts?: string }) => {
      const body = JSON.stringify({ url, ...(acts === undefined ? {} : { acts: acts.split(',') }) })
      const client = new ApiClient(process.env)
      const made = await client.json<{ id: string; secret: string }>(path, {
        method: 'POST',
        body,
        type: 'application/json',
      })
      print(made.id)
      print(made.secret)
    })

  webhooks
    .command('rotate')
    .argument('<id>')
    .option(
      '--overlap <duration>',
      'so long the secret before signs too: 24h (default), 30d at the most; 0s: not at all',
    )
    .description('give it another secret; prints until when both sign, and the new secret last')
    .action(async (id: string, { overlap }: { overlap?: string }) => {
      const rotate = `${path}/${encodeURIComponent(id)}/secret`
      const { secret, oldSecretUntil } = await new ApiClient(process.env).json<{
        secret: string
        oldSecretUntil: string | null
      }>(rotate, { method: 'POST', body: JSON.stringify({ overlap }), type: 'application/json' })
      print(
        oldSecretUntil === null ? 'the secret before is void' : `until ${oldSecretUntil} the secret before signs too`,
      )
      print(secret)
    })

  webhooks
    .command('end')
    .argument('<id>')
    .description('tell it nothing any more')
    .action(async (id: string) => {
      await new ApiClient(process.env).request(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' })
      print('ended')
    })

  webhooks
    .command('ping')
    .argument('<id>')
    .description('send it a signed message now, and say what it answered; exits with 1 where it was not taken')
    .action(async (id: string) => {
      const ping = `${path}/${encodeURIComponent(id)}/ping`
      const { status, error } = await new ApiClient(process.env).json<{ status: number | null; error: string | null }>(
        ping,
        { method: 'POST' },
      )
      print(error ?? `taken: ${status}`)
      if (error !== null) process.exitCode = 1
    })

  webhooks
    .command('deliveries')
    .argument('<id>')
    .description('what it was told last, waits, or was given up')
    .action(async (id: string) => {
      const page = `${path}/${encodeURIComponent(id)}/deliveries`
      const { deliveries } = await new ApiClient(process.env).json<{ deliveries: Delivery[] }>(page)
      for (const { eventId, act, state, attempts, error } of deliveries) {
        print(`${eventId}  ${act}  ${state}  attempts ${attempts}${error === null ? '' : `  ${error}`}`)
      }
    })
}

async function* pages(): AsyncGenerator<Webhook> {
  const client = new ApiClient(process.env)
  for (let after: string | null = ''; after !== null; ) {
    const query: string = after === '' ? '' : `?after=${after}`
    const page: { webhooks: Webhook[]; next: string | null } = await client.json(`${path}${query}`)
    yield* page.webhooks
    after = page.next
  }
}
