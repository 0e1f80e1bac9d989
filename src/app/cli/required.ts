import { type Argument, type Command, Help, type Option } from 'commander'
import { exampleOf } from './examples.ts'

/**
 * Has each command say what it cannot do without: in its usage line, beside the flag, and, where several are missing, all of them at once
 * with an example. Commander alone names the first and marks none.
 */
export function sayWhatIsRequired(program: Command): void {
  for (const { command, path } of commandsOf(program)) {
    if (command.registeredArguments.length > 0 || neededBy(command).length > 0) {
      command.usage(usageOf(command))
      command.addHelpText('after', `\nFor example: ${exampleCall(path, command)}`)
    }
    command.configureHelp({ optionDescription: descriptionOf })
    command.configureOutput({
      outputError: (text, write) => write(missingIn(text) ? lineOfMissing(path, command) : text),
    })
  }
}

interface Named {
  readonly command: Command
  /** `alert retract`, without the program's own name. */
  readonly path: string
}

/** Each command that does something itself. */
export function* commandsOf(parent: Command, path = ''): Generator<Named> {
  for (const command of parent.commands) {
    const own = `${path} ${command.name()}`.trim()
    if (command.commands.length === 0 || command.registeredArguments.length > 0) yield { command, path: own }
    yield* commandsOf(command, own)
  }
}

type Needed = Argument | Option

function neededBy(command: Command): readonly Needed[] {
  return [
    ...command.registeredArguments.filter((argument) => argument.required),
    ...command.options.filter((option) => option.mandatory),
  ]
}

const isOption = (one: Needed): one is Option => 'flags' in one
const placeholder = (argument: Argument) => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

function usageOf(command: Command): string {
  const flags = command.options.filter((option) => option.mandatory).map(({ flags }) => flags)
  return [...command.registeredArguments.map(placeholder), ...flags, '[options]'].join(' ')
}

/** A call that has all that is needed, to be changed and sent. */
export function exampleCall(path: string, command: Command): string {
  const given = command.registeredArguments.flatMap((argument) => {
    const example = exampleOf(path, placeholder(argument))
    return example === undefined && !argument.required ? [] : [example ?? placeholder(argument)]
  })
  const flags = command.options.flatMap(({ long, mandatory }) =>
    mandatory && long ? [long, exampleOf(path, long) ?? '…'] : [],
  )
  return ['bongsu', path, ...given, ...flags].join(' ')
}

const help = new Help()

function descriptionOf(option: Option): string {
  const said = help.optionDescription(option)
  return option.mandatory ? `${said} (required)` : said
}

/** As help writes it: `<alert>`, `--reason <text>`. */
const writtenAs = (one: Needed) => (isOption(one) ? one.flags : placeholder(one))

const missingIn = (text: string) => /^error: (missing required argument|required option)/.test(text)

function lineOfMissing(path: string, command: Command): string {
  const given = command.args.filter((one) => !one.startsWith('-')).length
  const missing = neededBy(command).filter((one, i) =>
    isOption(one) ? command.getOptionValue(one.attributeName()) === undefined : i >= given,
  )
  const unknown = command.args.filter((one) => one.startsWith('--'))
  const lines = [
    `error: bongsu ${path} needs ${missing.map(writtenAs).join(', ')}`,
    ...unknown.map((flag) => `  unknown: ${flag}`),
    `  for example: ${exampleCall(path, command)}`,
    `  more: bongsu ${path} --help`,
  ]
  return `${lines.join('\n')}\n`
}
