import type { Command } from 'commander'
import { loadProfiles } from '../carriers/load.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { smscFlags, smscOptionsFrom } from '../simulator/options.ts'
import type { SmscOptions } from '../simulator/settings.ts'
import { startSmsc } from '../simulator/smsc.ts'
import { type NamedSmsc, takePhoneTexts } from './phone-lines.ts'
import { stopSignal } from './stop-signal.ts'

export function registerSmscCommand(program: Command): void {
  const smsc = program
    .command('smsc')
    .description('run a simulated SMSC: a real SMPP 3.4 server, for carriers, integrators and tests')
  for (const flag of smscFlags) smsc.option(flag.flags, flag.help, flag.default)
  smsc
    .option(
      '--profiles <dir>',
      'instead: one for each carrier profile of the folder, on its port, as the profile expects it',
    )
    .option('--texts', 'take texts from phones as lines typed here (from a pipe they are always taken)')
    .addHelpText(
      'after',
      '\nTexts from phones: one JSON object a line, {"text":"HELP","from":"8210…","to":"82232100404"}.',
    )
    .action(runSmsc)
}

async function runSmsc({ profiles, texts, ...flags }: Record<string, unknown>): Promise<void> {
  const options = smscOptionsFrom(flags)
  const stopped = stopSignal()
  const smscs =
    typeof profiles === 'string'
      ? (await loadProfiles(profiles, process.env)).map((profile) => ({
          name: profile.id,
          options: smscFor(profile, options),
        }))
      : [{ name: 'simulated SMSC', options }]
  const running: NamedSmsc[] = []
  for (const { name, options } of smscs) {
    const smsc = await startSmsc(options)
    running.push({ name, smsc })
    print(`${name} on ${options.host ?? '127.0.0.1'}:${smsc.port}`)
  }
  // Whoever runs in the background of a terminal is stopped for reading from it: only who asks for it reads there.
  if (texts === true || !process.stdin.isTTY) takePhoneTexts(process.stdin, running, print)
  await stopped
  for (const { name, smsc } of running) {
    print(`${name} ${JSON.stringify(smsc.stats())}`)
    await smsc.close()
  }
  process.stdin.destroy()
}

const print = (line: string) => void process.stdout.write(`${line}\n`)

/** The other side of a profile: its port, credentials, ids and receipts as the profile expects them, and a log of its own. */
function smscFor({ id, links, systemId, password, receipts }: CarrierProfile, options: SmscOptions): SmscOptions {
  const { idInResponse, idInReceipt, multipart } = receipts
  const port = (links[0] as { port: number }).port
  return {
    ...options,
    port,
    systemId,
    password,
    receipts: { ...options.receipts, idInResponse, idInReceipt, parts: multipart },
    ...(options.log === undefined ? {} : { log: `${options.log}.${id}` }),
  }
}
