import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { bongsu, endAll } from '../app/cli-process.ts'
import { Esme, submit } from './esme.ts'
import { messageIdOf } from './rig.ts'

const folder = mkdtempSync(join(tmpdir(), 'smsc-command-'))

afterAll(async () => {
  await endAll()
  rmSync(folder, { recursive: true })
})

const portOf = (said: RegExpExecArray) => Number(said[1])

it('`bongsu smsc` sends the texts of its standard input, and says what is wrong with a line', async () => {
  const smsc = bongsu(['smsc', '--port', '0'], {}, undefined, 'pipe')
  const esme = await Esme.bound(portOf(await smsc.says(/on 127\.0\.0\.1:(\d+)/)), 'bind_receiver')
  const stdin = smsc.child.stdin as NonNullable<typeof smsc.child.stdin>
  stdin.write('{"text":"도와주세요","from":"821012345678","to":"82232100404"}\nHELP\n{"text":"HELP"}\n')
  await esme.until(() => esme.all('deliver_sm').length === 1)
  expect(esme.all('deliver_sm')[0]?.fields).toMatchObject({ source_addr: '821012345678', data_coding: 8 })
  await smsc.says(/line 1: answered ESME_ROK/)
  await smsc.says(/not JSON \(at line 2\)/)
  await smsc.says(/text, from and to are needed.*\(at line 3\)/)
  smsc.child.kill('SIGTERM')
  expect(await smsc.ended).toBe(0)
})

it('`bongsu smsc --log` leaves whole lines, with all that was answered, after SIGTERM in mid-flow', async () => {
  const log = join(folder, 'smsc.log')
  const smsc = bongsu(['smsc', '--port', '0', '--log', log, '--receipt-delay', '1ms'])
  const esme = await Esme.bound(portOf(await smsc.says(/on 127\.0\.0\.1:(\d+)/)))
  let [closed, told] = [false, false]
  void esme.closed.then(() => {
    closed = true
  })
  while (!closed) {
    esme.sendAll(Array.from({ length: 50 }, () => submit()))
    await new Promise((resolve) => setTimeout(resolve, 2))
    // A second signal would end it at once.
    if (!told && esme.all('deliver_sm').length > 500) told = smsc.child.kill('SIGTERM')
  }
  expect(await smsc.ended).toBe(0)
  const text = readFileSync(log, 'utf8')
  const lines = text.split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.slice(1).every((line) => /^\d+\t(submit|receipt|ack|bind|closed)\t1\t/.test(line))).toBe(true)
  const submits = new Set(
    lines.map((line) => line.split('\t')).flatMap((line) => (line[1] === 'submit' ? [line[4]] : [])),
  )
  const answered = esme.all('submit_sm_resp').map(messageIdOf)
  expect(answered.length).toBeGreaterThan(500)
  expect(answered.filter((id) => !submits.has(id))).toEqual([])
  const stats = JSON.parse(/simulated SMSC (\{.*\})/.exec(smsc.out())?.[1] ?? '{}')
  expect(submits.size).toBe(stats.accepted)
})
