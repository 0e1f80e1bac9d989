import type { Command } from 'commander'
import { Problem } from '../../lib/problem.ts'
import { ApiClient, type RequestOptions } from './client.ts'
import { readInput } from './input.ts'
import { printBody } from './print-body.ts'

interface ApiFlags {
  readonly body?: string
  readonly type: string
  readonly header: readonly string[]
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** `bongsu api`: whatever the server's own document lists, also what has no command of its own. */
export function registerApiCommand(program: Command): void {
  program
    .command('api')
    .argument('<method>', methods.join(', '))
    .argument('<path>', 'as in /docs: /v1/inbox?unhandled=true')
    .option('--body <file>', 'what to send; - for stdin')
    .option('--type <type>', 'of what is sent', 'application/json')
    .option('--header <line>', 'if-match: "3"; may be given several times', (line, all: string[]) => [...all, line], [])
    .description('ask the server anything that its document at /docs lists, and print what it answers')
    .action(async (method: string, path: string, flags: ApiFlags) => {
      const answer = await new ApiClient(process.env).request(pathOf(path), {
        method: methodOf(method),
        headers: Object.fromEntries(flags.header.map(headerOf)),
        ...(flags.body === undefined ? {} : { body: await readInput(flags.body), type: flags.type }),
      })
      await printBody(answer)
    })
}

/** @throws Problem `bad-method` */
function methodOf(text: string): NonNullable<RequestOptions['method']> {
  const method = methods.find((one) => one === text.toUpperCase())
  if (method !== undefined) return method
  throw new Problem('bad-method', `"${text}" is no method of the API`, { hint: `One of ${methods.join(', ')}.` })
}

/** The server is that of BONGSU_URL and no other: the key goes with it. @throws Problem `bad-path` */
function pathOf(text: string): string {
  if (/^\/(?!\/)/.test(text)) return text
  throw new Problem('bad-path', `"${text}" is not a path`, { hint: 'Write it as /docs does: /v1/alerts.' })
}

/** @throws Problem `bad-header` */
function headerOf(line: string): [name: string, value: string] {
  const [, name, value] = /^([\w-]+): *(.*)$/.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new Problem('bad-header', `"${line}" is not a header`, { hint: 'Write it as if-match: "3".' })
}
