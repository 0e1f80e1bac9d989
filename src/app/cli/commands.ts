import type { Command } from 'commander'
import { Problem } from '../../lib/problem.ts'
import { explain } from './alert-explain.ts'
import { type LaunchFlags, launch } from './alert-launch.ts'
import { registerCamaraCommands } from './camara-commands.ts'
import { ApiClient } from './client.ts'
import { registerEntryCommands } from './entry-commands.ts'
import { importResidents } from './residents-import.ts'
import { ingestRoaming } from './roaming-ingest.ts'
import { addRuleFlags } from './rule-flags.ts'
import { registerZoneCommands } from './zones-commands.ts'

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

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

  const alert = program.command('alert').description('alerts')
  const launching = alert
    .command('launch')
    .argument('<file>', 'CAP 1.2 XML or alert JSON; - for stdin')
    .description('create an alert, have it approved with BONGSU_APPROVER_KEY, and launch it')
    .option('--wait', 'until every message of the first selection is final, or the alert has ended')
    .option('--json', 'print the broadcast as the last line')
    .option('--confirm <what>', 'area, signature, or both with a comma: it was asked about, and is meant so')
    .option('--rebase', 'shift all times of a CAP file so that it is sent now: to try things out with an old one')
    .action((file: string, flags: LaunchFlags) =>
      launch(new ApiClient(process.env), file, flags, process.env.BONGSU_APPROVER_KEY),
    )
  addRuleFlags(launching)

  alert
    .command('explain')
    .argument('<alert>', 'its id, or its identifier')
    .argument('<msisdn>', 'the number, in full')
    .description('say why a number is told of an alert, or is not; for approvers and auditors, and in the audit log')
    .option('--json', 'print the answer as it is')
    .action(async (given: string, msisdn: string, flags: { json?: boolean }) => {
      const client = new ApiClient(process.env)
      await explain(client, await idOf(client, given), msisdn, flags.json === true)
    })

  const report = program
    .command('report')
    .argument('<alert>', 'its id, or its identifier')
    .description('print the after-action report of an alert and its chain; or `report year YEAR`')
    .action(async (given: string) => {
      const client = new ApiClient(process.env)
      const id = await idOf(client, given)
      process.stdout.write(await client.text(`/v1/alerts/${id}/report`, { headers: { accept: 'text/plain' } }))
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

/** An id as it is; of an identifier the newest alert. */
async function idOf(client: ApiClient, identifier: string): Promise<string> {
  if (uuidPattern.test(identifier)) return identifier
  const query = new URLSearchParams({ identifier, limit: '1' })
  const { alerts } = await client.json<{ alerts: { id: string }[] }>(`/v1/alerts?${query}`)
  const [found] = alerts
  if (found !== undefined) return found.id
  throw new Problem('alert-unknown', `There is no alert with the identifier "${identifier}"`)
}
