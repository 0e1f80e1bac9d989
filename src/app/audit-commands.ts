import type { Command } from 'commander'
import { Problem } from '../lib/problem.ts'
import { appendAudit } from '../store/audit.ts'
import type { AuditCheck } from '../store/audit-chain.ts'
import { exportAudit, type LogCheck, verifyAudit } from '../store/audit-log.ts'
import { type Database, transaction } from '../store/database.ts'
import { verifyExport } from './audit-file.ts'
import { openInput } from './cli/input.ts'
import { withDatabase } from './with-database.ts'

interface VerifyFlags {
  readonly file?: string
  readonly head?: string
}

/** `bongsu audit`: the record of every act. */
export function registerAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the record of every act')
  audit
    .command('verify')
    .description('check the hash chain; with a hash that was kept elsewhere, also that nothing is missing at its end')
    .option('--file <export>', 'an export instead of the database; - for stdin')
    .option('--head <hash>', 'of an entry that is known to have been there')
    .action(verify)
  audit
    .command('export')
    .description('print the log as it is kept, an entry a line, with pseudonyms; for `audit verify --file`')
    .action(() => withDatabase(print))
}

async function verify({ file, head }: VerifyFlags): Promise<void> {
  if (head !== undefined && !/^[0-9a-f]{64}$/i.test(head)) {
    throw new Problem('bad-hash', `"${head}" is no SHA-256 in hex`, {
      where: '--head',
      hint: 'Give the hash that `bongsu audit verify` printed, or that of an exported entry.',
    })
  }
  if (file !== undefined) return tell(await verifyExport(await openInput(file), head), head)
  await withDatabase(async (db) => {
    const check = await verifyAudit(db, head)
    requireNames(check)
    tell(check, head)
  })
}

/** @throws Problem `audit-misnamed` */
function requireNames({ misnamed, brokenAt }: LogCheck): void {
  if (misnamed.length === 0 || brokenAt !== undefined) return
  const some = misnamed.slice(0, 5).join(', ')
  throw new Problem(
    'audit-misnamed',
    `the entries hold, but not who did it: ${some}${misnamed.length > 5 ? ', …' : ''}`,
    {
      hint: 'Somebody changed the names beside these pseudonyms, or took them away: compare the table pseudonym with a backup.',
    },
  )
}

/** @throws Problem `audit-broken`, `audit-head-missing` */
function tell({ entries, cut, brokenAt, head, headFound }: AuditCheck, wanted: string | undefined): void {
  if (brokenAt !== undefined) {
    throw new Problem('audit-broken', `the audit log does not hold from entry ${brokenAt} on`, {
      hint: 'Somebody changed it: compare it with an export or a backup.',
    })
  }
  if (wanted !== undefined && !headFound) {
    throw new Problem('audit-head-missing', 'No entry of the audit log has the hash that was given', {
      where: '--head',
      hint: 'All that is there holds, but somebody cut off its end, or it is another log: compare it with an export or a backup.',
    })
  }
  const before = cut === 0 ? '' : `; ${cut} before them were cut off by age`
  process.stdout.write(`${entries} entries, all hold${before}; the last has the hash ${head}\n`)
}

async function print(db: Database): Promise<void> {
  await transaction(db.pool, (client) => appendAudit(client, { actor: 'cli', act: 'audit.export', subject: 'audit' }))
  for await (const lines of exportAudit(db.pool)) {
    if (!process.stdout.write(lines)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
}
