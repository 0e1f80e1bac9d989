import type { Command } from 'commander'
import { Problem } from '../../lib/problem.ts'
import { ApiClient } from './client.ts'
import { readInput } from './input.ts'

interface Template {
  readonly id: string
  readonly version: number
  readonly body: {
    readonly title: string
    readonly languages: readonly string[]
    readonly severity: string
    readonly fields: Readonly<Record<string, { readonly kind: string }>>
  } | null
  readonly note: string | null
  readonly madeBy: string
  readonly madeAt: string
}

interface Templates {
  readonly templates: readonly Template[]
}

const client = () => new ApiClient(process.env)
const say = (line: string) => void process.stdout.write(`${line}\n`)
const pathOf = (id: string) => `/v1/alert-templates/${encodeURIComponent(id)}`
const noteFlag = ['--note <text>', 'why, for who asks a year later'] as const

/** `bongsu templates …`: alerts that wait to be filled in. */
export function registerTemplateCommands(program: Command): void {
  const templates = program
    .command('templates')
    .description('alerts that wait to be filled in, with what takes them back')
  templates.command('list').description('those that stand now, and their fields').action(list)
  templates
    .command('show')
    .argument('<id>', 'as it stands; or ID@VERSION, as it was')
    .description('print a template as JSON: change it, and write it with `set`')
    .action(show)
  templates.command('history').argument('<id>').description('who wrote it, and when').action(history)
  templates
    .command('set')
    .argument('<id>', 'a new one, or one that is there')
    .argument('<file>', 'JSON, as `show` prints it; - for stdin')
    .description('write a template from now on; what stood stays in its history')
    .option(...noteFlag)
    .action(async (id: string, file: string, { note }: { note?: string }) => {
      await set(id, parse(await readInput(file), file), note)
    })
  templates
    .command('take-back')
    .argument('<id>')
    .description('nobody can use it any more')
    .option(...noteFlag)
    .action((id: string, { note }: { note?: string }) => set(id, null, note))
  templates
    .command('use')
    .argument('<file>', '{"template", "fields", "areas", "status"} as JSON; - for stdin')
    .description('make a draft of a template')
    .option('--confirm <what>', 'area, content, contacts, spelling, or several with commas')
    .action(async (file: string, { confirm }: { confirm?: string }) => {
      const query = confirm === undefined ? '' : `?${new URLSearchParams({ confirm })}`
      const alert = await client().json<{ id: string; texts: readonly { language: string; text: string }[] }>(
        `/v1/alerts/from-template${query}`,
        { method: 'POST', body: await readInput(file), type: 'application/json' },
      )
      for (const { language, text } of alert.texts) process.stderr.write(`${language}: ${text}\n`)
      say(alert.id)
    })
}

async function list(): Promise<void> {
  const { templates } = await client().json<Templates>('/v1/alert-templates')
  for (const { id, version, body } of templates) {
    if (body === null) continue
    const fields = Object.entries(body.fields).map(([name, { kind }]) => `${name} (${kind})`)
    say(`${id}@${version}  ${body.title}, ${body.severity}, ${body.languages.join(' ')}: ${fields.join(', ')}`)
  }
}

async function show(given: string): Promise<void> {
  const [id, version] = given.split('@') as [string, string?]
  const { templates } = await client().json<Templates>(pathOf(id))
  const found = version === undefined ? templates[0] : templates.find((one) => String(one.version) === version)
  if (!found) {
    throw new Problem('template-version-unknown', `${id} has no version ${version}`, {
      hint: `There are ${templates.map((one) => `${id}@${one.version}`).join(', ')}.`,
    })
  }
  say(JSON.stringify(found.body, null, 2))
}

async function history(id: string): Promise<void> {
  for (const { version, body, note, madeBy, madeAt } of (await client().json<Templates>(pathOf(id))).templates) {
    say(
      `${id}@${version}  ${madeAt}  ${madeBy}  ${body === null ? 'taken back' : body.title}${note ? `: ${note}` : ''}`,
    )
  }
}

async function set(id: string, body: unknown, note: string | undefined): Promise<void> {
  const { templates } = await client().json<Templates>('/v1/alert-templates', {
    method: 'POST',
    body: JSON.stringify({ id, body, ...(note === undefined ? {} : { note }) }),
    type: 'application/json',
  })
  const [newest] = templates
  say(newest?.body ? `${id}@${newest.version}` : `${id} is taken back`)
}

function parse(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new Problem('not-json', 'It is not JSON', { where: file, hint: 'Begin with `bongsu templates show`.', cause })
  }
}
