import type { Command } from 'commander'
import { loadOperators } from '../../carriers/camara/load-operators.ts'
import { Problem } from '../../lib/problem.ts'
import { readSettings } from '../settings.ts'
import { ApiClient } from './client.ts'
import { openInput, sniffed } from './input.ts'
import { printRejects, type Reject } from './rejects.ts'

interface OperatorView {
  readonly id: string
  readonly name: string
  readonly numbers: number
  readonly states: Readonly<Record<string, number>>
  readonly heldUntil: string | null
  readonly problem: string | null
}

type Done = Readonly<Record<'added' | 'known' | 'removed' | 'unknown', number>> & {
  readonly rejected: number
  readonly rejects: readonly Reject[]
}

/** `bongsu camara`: whom CAMARA operators are to report. */
export function registerCamaraCommands(program: Command): void {
  const camara = program.command('camara').description('subscriptions at CAMARA operators')
  const operator = ['--operator <id>', 'of which operator; may be left out where there is only one'] as const

  camara
    .command('check')
    .description('read every profile of BONGSU_CAMARA_DIR and say what is wrong')
    .action(checkOperators)
  camara
    .command('subscribe')
    .argument('<file>', 'a number a line; - for stdin')
    .option(...operator)
    .description('have an operator report these numbers from now on')
    .action(async (file: string, flags: { operator?: string }) => {
      const done = await hand(new ApiClient(process.env), '/v1/camara/subscriptions', file, flags.operator)
      process.stdout.write(`added ${done.added} known ${done.known} rejected ${done.rejected}\n`)
    })
  camara
    .command('unsubscribe')
    .argument('<file>', 'a number a line; - for stdin')
    .option(...operator)
    .description('have an operator report these numbers no more')
    .action(async (file: string, flags: { operator?: string }) => {
      const done = await hand(new ApiClient(process.env), '/v1/camara/subscriptions/end', file, flags.operator)
      process.stdout.write(`removed ${done.removed} unknown ${done.unknown} rejected ${done.rejected}\n`)
    })
  camara
    .command('status')
    .description('how the subscriptions are, by operator')
    .action(() => status(new ApiClient(process.env)))
}

async function hand(client: ApiClient, path: string, file: string, operator: string | undefined): Promise<Done> {
  const { stream } = await sniffed(await openInput(file))
  const query = operator === undefined ? '' : `?${new URLSearchParams({ operator })}`
  const done = await client.json<Done>(`${path}${query}`, { method: 'POST', body: stream, type: 'text/csv' })
  printRejects(done.rejects, done.rejected)
  return done
}

async function status(client: ApiClient): Promise<void> {
  const { operators } = await client.json<{ operators: readonly OperatorView[] }>('/v1/camara/operators')
  for (const { id, name, numbers, states, heldUntil, problem } of operators) {
    const counted = Object.entries(states).map(([state, n]) => `${n} ${state}`)
    const held = heldUntil === null ? '' : `; nothing is asked of it before ${heldUntil}`
    process.stdout.write(`${id}: ${name}; ${numbers} numbers; ${counted.join(', ') || 'no subscriptions'}${held}\n`)
    if (problem !== null) process.stdout.write(`  ${problem}\n`)
  }
  if (operators.length === 0) process.stdout.write('no CAMARA operators; see BONGSU_CAMARA_DIR\n')
}

async function checkOperators(): Promise<void> {
  const { camaraDir } = readSettings(process.env)
  if (camaraDir === undefined) {
    throw new Problem('missing-setting', 'There is no folder of CAMARA operators', {
      where: 'BONGSU_CAMARA_DIR',
      hint: 'Set it to the folder of their profiles.',
    })
  }
  const operators = await loadOperators(camaraDir, process.env)
  for (const { id, name, apiRoot, types, rate } of operators) {
    process.stdout.write(`${id}: ${name}; ${types.join(', ')} at ${apiRoot}, ${rate} requests/s at most\n`)
  }
  process.stdout.write(`${operators.length} operators, all can be used\n`)
}
