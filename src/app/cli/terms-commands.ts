import type { Command } from 'commander'
import { ApiClient } from './client.ts'

interface Term {
  readonly language: string
  readonly term: string
  readonly meaning: string
  readonly madeBy: string
  readonly madeAt: string
}

const path = '/v1/locked-terms'
const language = ['<language>', 'ko, en, ja'] as const
const term = ['<term>', 'the word as it is spelt'] as const

/** `bongsu terms …`: words whose spelling somebody has confirmed. */
export function registerTermCommands(program: Command): void {
  const terms = program
    .command('terms')
    .description('words whose spelling is confirmed: a text that is a letter away from one is asked about')
  terms
    .command('list')
    .description('by language and meaning, with who confirmed it')
    .option('--language <language>', 'only of this one: ko')
    .action(async (flags: Record<string, string>) => print(await get(`${path}?${new URLSearchParams(flags)}`)))
  terms
    .command('add')
    .argument(...language)
    .argument(...term)
    .description('confirm how a word is spelt')
    .requiredOption('--meaning <name>', 'the same for the word in all languages: tsunami')
    .action(async (language: string, term: string, { meaning }: { meaning: string }) => {
      const body = JSON.stringify({ language, term, meaning })
      const all = await get(path, { method: 'POST', body, type: 'application/json' })
      print(all.filter((one) => one.term === term.normalize('NFC')))
    })
  terms
    .command('remove')
    .argument(...language)
    .argument(...term)
    .description('it is no term any more')
    .action(async (language: string, term: string) => {
      const one = `${path}/${encodeURIComponent(language)}/${encodeURIComponent(term)}`
      await new ApiClient(process.env).request(one, { method: 'DELETE' })
      process.stdout.write(`${language} ${term} is no term any more\n`)
    })
}

const get = async (...asked: Parameters<ApiClient['request']>) =>
  (await new ApiClient(process.env).json<{ terms: Term[] }>(...asked)).terms

function print(terms: readonly Term[]): void {
  if (terms.length === 0) process.stdout.write('no terms\n')
  for (const { language, term, meaning, madeBy, madeAt } of terms) {
    process.stdout.write(`${language}  ${term}  (${meaning})  ${madeBy} ${madeAt}\n`)
  }
}
