import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { Problem } from '../../lib/problem.ts'
import { registerAlertActs } from './alert-acts.ts'
import { explain } from './alert-explain.ts'
import { type LaunchFlags, launch, type OutcomeFlags } from './alert-launch.ts'
import { registerAlertLooks } from './alert-look.ts'
import { rehearseAlert } from './alert-rehearse.ts'
import { type TakeBackFlags, takeAlertBack } from './alert-take-back.ts'
import { confirmFlag, rebaseFlag, registerAlertWriting } from './alert-write.ts'
import { registerApiCommand } from './api-command.ts'
import { registerCamaraCommands } from './camara-commands.ts'
import { ApiClient } from './client.ts'
import { registerEntryCommands } from './entry-commands.ts'
import { registerExportCommands } from './export-commands.ts'
import { registerPrivacyCommands } from './privacy-commands.ts'
import { importResidents } from './residents-import.ts'
import { ingestRoaming } from './roaming-ingest.ts'
import { addRuleFlags } from './rule-flags.ts'
import { registerTemplateCommands } from './templates-commands.ts'
import { registerTermCommands } from './terms-commands.ts'
import { registerWebhookCommands } from './webhook-commands.ts'
import { idOf } from './which-alert.ts'
import { registerZoneCommands } from './zones-commands.ts'

/** The commands that speak to a running server. What goes wrong is thrown as a Problem. */
export function registerClientCommands(program: Command): void {
  const residents = program.command('residents').description('nationals who live abroad')
  residents
    .command('import')
    .argument('<file>', 'CSV with a header, or NDJSON; - for stdin')
    .description('register the numbers of a file; what cannot be used is reported with its line')
    .action((file: string) => importResidents(new ApiClient(process.env), file))

  const roaming = program.command('roaming').description('reports of where subscribers roam')
  roaming
    .command('ingest')
    .argument('<file>', 'NDJSON; - for stdin')
    .description('hand in roaming notifications, as a home carrier does')
    .action((file: string) => ingestRoaming(new ApiClient(process.env), file))

  registerCamaraCommands(program)
  registerZoneCommands(program)
  registerEntryCommands(program)
  registerTemplateCommands(program)
  registerTermCommands(program)
  registerPrivacyCommands(program)
  registerWebhookCommands(program)
  registerExportCommands(program, residents)
  registerApiCommand(program)

  const alert = program
    .command('alert')
    .description(
      'alerts: create, submit, approve (another person), launch-approved; or launch, which does all four; then progress, retract, end',
    )
  const launching = alert
    .command('launch')
    .argument('<file>', 'CAP 1.2 XML or alert JSON; - for stdin')
    .description('create an alert, have it approved with BONGSU_APPROVER_KEY, and launch it')
    .option('--wait', 'until every message of the first selection is final, or the alert has ended')
    .option('--json', 'print the broadcast as the last line')
    .option(...confirmFlag)
    .option(...rebaseFlag)
    .action((file: string, flags: LaunchFlags) =>
      launch(new ApiClient(process.env), file, flags, process.env.BONGSU_APPROVER_KEY),
    )
  addRuleFlags(launching)

  for (const [kind, what] of [
    ['retract', 'say that an alert was sent in error'],
    ['end', 'say that the danger of an alert is over'],
  ] as const) {
    alert
      .command(kind)
      .argument('<alert>', 'its id, or its identifier')
      .description(`${what}, in the words that were approved with it; one person`)
      .requiredOption('--reason <text>', 'why; it stays in the audit log')
      .option('--wait', 'until every message of it is final')
      .option('--json', 'print the broadcast as the last line')
      .action(async (given: string, flags: TakeBackFlags) => {
        const client = new ApiClient(process.env)
        await takeAlertBack(client, await idOf(client, given, 'launched'), kind, flags)
      })
  }

  registerAlertWriting(alert)
  registerAlertActs(alert)
  registerAlertLooks(alert)

  alert
    .command('rehearse')
    .argument('<alert>', 'its id, or its identifier')
    .description(
      'play an alert to its real audience through simulated carriers, as an Exercise that no telephone gets; approved with BONGSU_APPROVER_KEY',
    )
    .option('--wait', 'until every message of it is final')
    .option('--json', 'print both forecasts and the broadcast as the last line')
    .action(async (given: string, flags: OutcomeFlags) => {
      const client = new ApiClient(process.env)
      await rehearseAlert(client, await idOf(client, given, 'any'), flags, process.env.BONGSU_APPROVER_KEY)
    })

  alert
    .command('explain')
    .argument('<alert>', 'its id, or its identifier')
    .argument('<msisdn>', 'the number, in full')
    .description('say why a number is told of an alert, or is not; for approvers and auditors, and in the audit log')
    .option('--json', 'print the answer as it is')
    .action(async (given: string, msisdn: string, flags: { json?: boolean }) => {
      const client = new ApiClient(process.env)
      await explain(client, await idOf(client, given, 'launched'), msisdn, flags.json === true)
    })

  const report = program
    .command('report')
    .argument('<alert>', 'its id, or its identifier')
    .description('print the after-action report of an alert and its chain; or `report year YEAR`')
    .option('--html <file>', 'write it to a file, to be printed or kept; - for stdout')
    .option('--json', 'print it as JSON')
    .action(async (given: string, { html, json }: { html?: string; json?: boolean }) => {
      const client = new ApiClient(process.env)
      const accept = html !== undefined ? 'text/html' : json === true ? 'application/json' : 'text/plain'
      const text = await client.text(`/v1/alerts/${await idOf(client, given, 'reported')}/report`, {
        headers: { accept },
      })
      // It names people and what they did: for whoever asked for it alone.
      if (html !== undefined && html !== '-') await writePrivate(html, text)
      else process.stdout.write(json === true && html === undefined ? `${text}\n` : text)
    })
  report
    .command('year')
    .argument('<year>', '2026')
    .description('print what became of the entry texts of a year')
    .action(async (year: string) => {
      const path = `/v1/reports/entry-texts/${encodeURIComponent(year)}`
      process.stdout.write(await new ApiClient(process.env).text(path, { headers: { accept: 'text/plain' } }))
    })
}

async function writePrivate(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 })
  } catch (cause) {
    throw new Problem('cannot-write', `It cannot be written: ${(cause as Error).message}`, { where: '--html', cause })
  }
}
