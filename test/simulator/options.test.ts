import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { smscFlags, smscOptionsFrom } from '../../src/simulator/options.ts'
import { type SmscOptions, settingsOf } from '../../src/simulator/settings.ts'

function parse(...args: string[]) {
  const command = new Command()
  for (const { flags, help, default: byDefault } of smscFlags) command.option(flags, help, byDefault)
  command.parse(args, { from: 'user' })
  return smscOptionsFrom(command.opts())
}

describe('the flags of the simulated SMSC', () => {
  it('all reach the options', () => {
    const options = parse(
      ...['--port', '2776', '--host', '0.0.0.0', '--system-id', 'us', '--password', 'pw', '--max-binds', '2'],
      ...['--tps', '200', '--latency', '20ms', '--latency-jitter', '5ms', '--receipt-delay', '2s'],
      ...['--receipt-jitter', '500ms', '--states', 'UNDELIV=0.02,EXPIRED=0.01', '--parts', 'last'],
      ...['--duplicates', '0.1', '--early', '0.2', '--never', '0.3', '--id-in-response', 'hex'],
      ...['--id-in-receipt', 'decimal', '--receipt-window', '10', '--errors', 'ESME_RMSGQFUL=0.01,0x45=.001'],
      ...['--bind-errors', 'ESME_RALYBND=0.2', '--latency-distribution', 'lognormal', '--congestion'],
      ...['--receipt-distribution', 'pareto', '--reorder', '0.4', '--intermediate', '0.5', '--receipt-format', 'mixed'],
      ...['--id-variants', '0.6', '--without-id', '0.7', '--queue-full-destinations', '0.8', '--queue-full-for', '3s'],
      ...['--drop-every', '1s', '--stall-every', '2s', '--stall-for', '3s', '--unbind-every', '4s'],
      ...['--broken-every', '5s', '--slow-read', '6000', '--fragment', '.7', '--malformed', '.8'],
      ...['--enquire-link', '9s', '--log', '/tmp/x.log', '--seed', '9'],
    )
    expect(options).toEqual({
      port: 2776,
      host: '0.0.0.0',
      systemId: 'us',
      password: 'pw',
      maxBinds: 2,
      tps: 200,
      bindErrors: { ESME_RALYBND: 0.2 },
      congestion: true,
      latencyMs: { mean: 20, jitter: 5, distribution: 'lognormal' },
      receipts: {
        delayMs: 2000,
        jitterMs: 500,
        distribution: 'pareto',
        states: { UNDELIV: 0.02, EXPIRED: 0.01 },
        parts: 'last',
        duplicates: 0.1,
        early: 0.2,
        never: 0.3,
        reorder: 0.4,
        intermediate: 0.5,
        format: 'mixed',
        idVariants: 0.6,
        idInResponse: 'hex',
        idInReceipt: 'decimal',
        window: 10,
      },
      noId: 0.7,
      errors: { ESME_RMSGQFUL: 0.01, '0x45': 0.001 },
      fullQueues: { share: 0.8, forMs: 3000 },
      faults: {
        dropEveryMs: 1000,
        stallEveryMs: 2000,
        stallForMs: 3000,
        unbindEveryMs: 4000,
        brokenEveryMs: 5000,
        slowReadBytesPerS: 6000,
        fragment: 0.7,
        malformed: 0.8,
        enquireLinkMs: 9000,
      },
      log: '/tmp/x.log',
      seed: 9,
    })
  })

  it('are all tried above', () => {
    const source = readFileSync(fileURLToPath(import.meta.url), 'utf8')
    const names = smscFlags.map(({ flags }) => `'${flags.split(' ')[0]}'`)
    expect(names.filter((name) => !source.includes(name))).toEqual([])
  })

  it('are all in help, each with what it does', () => {
    const command = new Command().configureOutput({ outputError: () => undefined })
    for (const { flags, help, default: byDefault } of smscFlags) command.option(flags, help, byDefault)
    const help = command.helpInformation().replace(/\s+/g, ' ')
    for (const { flags, help: text } of smscFlags) {
      expect(help).toContain(`${flags} ${text}`)
      expect(text.length).toBeGreaterThan(10)
    }
  })

  it('leave a quiet SMSC by default', () => {
    const settings = settingsOf(parse())
    expect(Object.values({ ...settings.faults, stallForMs: undefined }).every((fault) => fault === undefined)).toBe(
      true,
    )
    expect(settings).toMatchObject({ latency: undefined, noId: 0, fullQueues: { share: 0 }, congestion: false })
  })

  it('have defaults that help shows', () => {
    expect(parse()).toMatchObject({ port: 2775, host: '127.0.0.1', seed: 1, receipts: { delayMs: 1000, parts: 'all' } })
  })

  it.each([
    [['--tps', 'many'], '--tps'],
    [['--latency', '20'], '--latency'],
    [['--states', 'DELIVERED=1'], '--states'],
    [['--states', 'UNDELIV'], '--states'],
    [['--parts', 'middle'], '--parts'],
    [['--never', '5%'], '--never'],
    [['--id-in-receipt', 'octal'], '--id-in-receipt'],
    [['--latency-distribution', 'cauchy'], '--latency-distribution'],
    [['--receipt-format', 'fancy'], '--receipt-format'],
    [['--drop-every', '10'], '--drop-every'],
    [['--slow-read', '1.5'], '--slow-read'],
    [['--fragment', 'all'], '--fragment'],
  ])('refuse %j by name', (args, where) => {
    expect(() => parse(...args)).toThrow(expect.objectContaining({ name: 'Problem', where }))
  })
})

describe('settings', () => {
  it.each([
    [{ tps: 0 }, 'tps'],
    [{ tps: 1.5 }, 'tps'],
    [{ receipts: { early: 1.1 } }, 'receipts.early'],
    [{ receipts: { window: 0 } }, 'receipts.window'],
    [{ receipts: { states: { UNDELIV: 0.7, EXPIRED: 0.7 } } }, 'receipts.states'],
    [{ errors: { ESME_RTYPO: 0.1 } }, 'errors'],
    [{ errors: { ESME_ROK: 0.1 } }, 'errors'],
    [{ bindErrors: { ESME_RTYPO: 0.1 } }, 'bindErrors'],
    [{ congestion: true }, 'congestion'],
    [{ latencyMs: { mean: -1 } }, 'latencyMs'],
    [{ latencyMs: { mean: 0, jitter: 5, distribution: 'pareto' } }, 'latencyMs'],
    [{ receipts: { delayMs: Number.NaN } }, 'receipts.delayMs'],
    [{ receipts: { idVariants: 0.5 } }, 'receipts.idVariants'],
    [{ receipts: { reorder: 2 } }, 'receipts.reorder'],
    [{ noId: -1 }, 'noId'],
    [{ fullQueues: { share: 7 } }, 'fullQueues.share'],
    [{ faults: { dropEveryMs: 0 } }, 'faults.dropEveryMs'],
    [{ faults: { fragment: 2 } }, 'faults.fragment'],
    [{ faults: { slowReadBytesPerS: 0 } }, 'faults.slowReadBytesPerS'],
  ] as [SmscOptions, string][])('%j are refused', (options, where) => {
    expect(() => settingsOf(options)).toThrow(expect.objectContaining({ name: 'Problem', where }))
  })
})
