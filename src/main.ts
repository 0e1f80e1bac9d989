#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { registerClientCommands } from './app/cli/commands.ts'
import { sayWhatIsRequired } from './app/cli/required.ts'
import { registerDemo } from './app/demo/command.ts'
import { endWithReader } from './app/end-with-reader.ts'
import { registerLocalCommands } from './app/local-commands.ts'
import { Problem } from './lib/problem.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('bongsu')
  .description('Mass safety alerts: finds the people inside a danger zone and tells them by SMS.')
  .version(version)
  .showSuggestionAfterError()
endWithReader(process.stdout)
registerLocalCommands(program)
registerClientCommands(program)
registerDemo(program)
sayWhatIsRequired(program)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof Problem)) throw error
  process.stderr.write(`bongsu: ${error.line}\n`)
  process.exitCode = 1
}
