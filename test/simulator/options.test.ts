import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { smscFlags, smscOptionsFrom } from '../../src/simulator/options.ts'
import { settingsOf } from '../../src/simulator/settings.ts'

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
      ...['--seed', '9'],
    )
    expect(options).toEqual({
      port: 2776,
      host: '0.0.0.0',
      systemId: 'us',
      password: 'pw',
      maxBinds: 2,
      tps: 200,
      latencyMs: { mean: 20, jitter: 5 },
      receipts: {
        delayMs: 2000,
        jitterMs: 500,
        states: { UNDELIV: 0.02, EXPIRED: 0.01 },
        parts: 'last',
        duplicates: 0.1,
        early: 0.2,
        never: 0.3,
        idInResponse: 'hex',
        idInReceipt: 'decimal',
        window: 10,
      },
      errors: { ESME_RMSGQFUL: 0.01, '0x45': 0.001 },
      seed: 9,
    })
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
  ])('%j are refused', (options, where) => {
    expect(() => settingsOf(options)).toThrow(expect.objectContaining({ name: 'Problem', where }))
  })
})
