import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { registerClientCommands } from '../../src/app/cli/commands.ts'
import { commandsOf, exampleCall, sayWhatIsRequired } from '../../src/app/cli/required.ts'
import { registerDemo } from '../../src/app/demo/command.ts'
import { registerLocalCommands } from '../../src/app/local-commands.ts'

/** The program as main.ts puts it together, which throws instead of exiting. */
function assembled() {
  const said = { err: '' }
  const program = new Command('bongsu').exitOverride().configureOutput({
    writeErr: (text) => {
      said.err += text
    },
  })
  registerLocalCommands(program)
  registerClientCommands(program)
  registerDemo(program)
  sayWhatIsRequired(program)
  return { program, said }
}

const all = [...commandsOf(assembled().program)].map(({ path }) => path)
const named = (path: string) => {
  const { program, said } = assembled()
  const found = [...commandsOf(program)].find((one) => one.path === path)
  if (found === undefined) throw new Error(path)
  return { program, said, command: found.command }
}
const flagsOf = (command: Command) => command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags)
const argumentsOf = (command: Command) =>
  command.registeredArguments.filter(({ required }) => required).map((one) => `<${one.name()}>`)
/** As a shell splits it. */
const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')

it('knows the whole table', () => {
  expect(all.length).toBeGreaterThan(60)
  expect(all).toEqual(expect.arrayContaining(['serve', 'alert retract', 'entry campaign set', 'report', 'report year']))
})

describe.each(all)('bongsu %s', (path) => {
  it('marks what it cannot do without', () => {
    const { command } = named(path)
    const help = command.helpInformation().replaceAll(/\s+/g, ' ')
    const [usage] = help.split(' [options]')
    for (const needed of [...argumentsOf(command), ...flagsOf(command)]) expect(usage).toContain(needed)
    expect(help.match(/\(required\)/g)?.length ?? 0).toBe(flagsOf(command).length)
  })

  it('names all that is missing at once, with an example that it takes', async () => {
    const { program, said, command } = named(path)
    const needed = [...argumentsOf(command), ...flagsOf(command)]
    let ran = 0
    command.action(() => {
      ran++
    })
    const example = exampleCall(path, command)
    expect(example).not.toMatch(/[<…]/)
    const parsed = program.parseAsync(path.split(' '), { from: 'user' })
    if (needed.length === 0) await parsed
    else {
      await expect(parsed).rejects.toThrow()
      expect(said.err).toBe(
        `error: bongsu ${path} needs ${needed.join(', ')}\n  for example: ${example}\n  more: bongsu ${path} --help\n`,
      )
      await program.parseAsync(words(example).slice(1), { from: 'user' })
    }
    expect(ran).toBe(1)
  })
})

it('names what is still missing where some is given', async () => {
  const { program, said } = named('alert decide')
  const given = ['alert', 'decide', 'some-alert', '--reason', 'two dangers']
  await expect(program.parseAsync(given, { from: 'user' })).rejects.toThrow()
  expect(said.err).toContain('bongsu alert decide needs <other>, <decision>\n')
})

it('says that a flag is not known, beside what is missing and alone', async () => {
  const { program, said } = named('alert retract')
  await expect(program.parseAsync(['alert', 'retract', 'a', '--raison', 'x'], { from: 'user' })).rejects.toThrow()
  expect(said.err).toContain('needs --reason <text>\n  unknown: --raison\n')
  said.err = ''
  await expect(program.parseAsync(['alert', 'submit', 'a', '--raison'], { from: 'user' })).rejects.toThrow()
  expect(said.err).toContain("unknown option '--raison'")
})
