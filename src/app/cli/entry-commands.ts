import { type Command, Option } from 'commander'
import { ApiClient } from './client.ts'
import { endCampaign, listCampaigns, setCampaign } from './entry-campaign.ts'
import { confirmLevel } from './entry-level.ts'
import { setEmergency, setPhone, setPolicy, setText } from './entry-set.ts'
import { checkEntry, showEntry, showHistory } from './entry-show.ts'

const client = () => new ApiClient(process.env)
const noteFlag = ['--note <text>', 'why, for who asks a year later'] as const

/** `bongsu entry …`: what is told on entering a country; all of it by a running server. */
export function registerEntryCommands(program: Command): void {
  const entry = program.command('entry').description('texts on entering a country: policies, templates, campaigns')
  entry
    .command('show')
    .argument('<country>', 'ISO 3166-1: JP; several with a comma: who is in one of them')
    .description('what somebody who enters now is told, when, and what it is made of')
    .option('--region <code>', 'ISO 3166-2, where his place is known')
    .addOption(new Option('--language <language>', 'of the texts').choices(['ko', 'en']).default('ko'))
    .option('--json', 'print the answer as it is')
    .action((country: string, flags: { region?: string; language: string; json?: boolean }) =>
      showEntry(client(), country, flags),
    )
  entry
    .command('check')
    .description('say which of the standing texts would be refused now, after a number or a carrier has changed')
    .action(() => checkEntry(client()))
  entry
    .command('history')
    .argument('<area>', "*, **, a country or a region; a campaign's name with --campaign")
    .description('everything that was ever set for an area, the newest first: policies and texts, or a campaign')
    .option('--campaign', 'of the campaign of that name')
    .action((area: string, { campaign }: { campaign?: boolean }) => showHistory(client(), area, campaign === true))
  entry
    .command('set-text')
    .argument('<area>', '* (a country with a mission), ** (without, or several), a country, a region')
    .description('write the text of an area; the next who enters gets it')
    .addOption(
      new Option('--kind <kind>', 'whom to call, or the travel alert').choices(['mission', 'level']).default('mission'),
    )
    .option('--level <n>', 'of kind level: 1 to 4')
    .option('--special', 'of kind level: the special travel advisory')
    .option('--ko <text>', 'in Korean')
    .option('--en <text>', 'in English')
    .option('--take-back <languages>', 'ko, en, or both with a comma: then the wider text counts')
    .option('--verified', 'somebody compared it with its sources')
    .option(...noteFlag)
    .action((area: string, flags: Parameters<typeof setText>[2]) => setText(client(), area, flags))
  entry
    .command('set-policy')
    .argument('<area>', '*, a country, a region')
    .argument(
      '[fields...]',
      'coolDownHours=12 kinds=mission,level quiet=22:00-07:00; a field with nothing behind = is unset',
    )
    .description('set fields of the policy of an area; those that are not named stay')
    .option('--take-back', 'all that is set for the area')
    .option(...noteFlag)
    .action((area: string, fields: string[], flags: Parameters<typeof setPolicy>[3]) =>
      setPolicy(client(), area, fields, flags),
    )
  entry
    .command('set-phone')
    .argument('<mission>', 'its id: tokyo')
    .argument('<phone>', '+81-3-3452-7611')
    .description('set the number of a mission')
    .option('--verified-on <day>', 'when somebody compared it with what the ministry publishes: 2026-11-22')
    .option('--confirm', 'it is meant to be a number of another country than the mission is in')
    .action((mission: string, phone: string, flags: Parameters<typeof setPhone>[3]) =>
      setPhone(client(), mission, phone, flags),
    )
  entry
    .command('set-emergency')
    .argument('<country>', 'ISO 3166-1')
    .argument('<police>')
    .argument('<ambulance>')
    .argument('<fire>')
    .description('set the emergency numbers of a country')
    .option('--verified', 'somebody compared them with what the country publishes')
    .action((country: string, police: string, ambulance: string, fire: string, flags: { verified?: boolean }) =>
      setEmergency(client(), { country, police, ambulance, fire, verified: flags.verified === true }),
    )
  entry
    .command('confirm-level')
    .argument('<country>', "ISO 3166-1; '*' for all")
    .description('say that the levels of the file are what the ministry publishes: they are told from now on')
    .requiredOption('--source <text>', 'what somebody compared them with, and when')
    .action((country: string, { source }: { source: string }) => confirmLevel(client(), country, source))
  registerCampaignCommands(entry)
}

function registerCampaignCommands(entry: Command): void {
  const campaign = entry.command('campaign').description('texts about a disease or a danger, for a time')
  campaign
    .command('list')
    .description('those that are going on or about to')
    .action(() => listCampaigns(client()))
  campaign
    .command('set')
    .argument('<name>', 'dengue-2026')
    .description('set a campaign, or change it')
    .requiredOption('--areas <areas>', '* or countries and regions with commas')
    .requiredOption('--from <time>', '2026-12-01T00:00:00Z')
    .requiredOption('--to <time>', 'at most 366 days later')
    .requiredOption('--ko <text>', 'in Korean')
    .requiredOption('--en <text>', 'in English')
    .option(...noteFlag)
    .action((name: string, flags: Parameters<typeof setCampaign>[2]) => setCampaign(client(), name, flags))
  campaign
    .command('end')
    .argument('<name>')
    .description('end a campaign now')
    .action((name: string) => endCampaign(client(), name))
}
