import { type Command, Option } from 'commander'
import { REFERENCE_KINDS } from '../../geo/reference-zones.ts'
import { ApiClient } from './client.ts'
import { checkZoneFile, importZones, listZones, showZone } from './zones.ts'

/** `bongsu zones …`: all but `check` speak to a running server. */
export function registerZoneCommands(program: Command): void {
  const zones = program
    .command('zones')
    .description('the zone library: danger zones, countries, regions, airports, missions')
  zones
    .command('list')
    .description('kind, id@version and name of each')
    .addOption(new Option('--kind <kind>', 'which zones').choices(['library', ...REFERENCE_KINDS]).default('library'))
    .option('--search <text>', 'only those with it in the id or the name; of a city, how its name begins')
    .action((flags: { kind: string; search?: string }) => listZones(new ApiClient(process.env), flags))
  zones
    .command('show')
    .argument('<id>', 'noto-2024, JP, JP-17, airport:ICN, city:JP:Osaka, mission:tokyo')
    .description('what a zone is, how large, and where it comes from')
    .option('--geojson', 'its outline instead, as a GeoJSON Feature')
    .option('--zone-version <n>', 'not the newest')
    .action((id: string, { geojson, zoneVersion }: { geojson?: boolean; zoneVersion?: string }) =>
      showZone(new ApiClient(process.env), id, {
        ...(geojson === undefined ? {} : { geojson }),
        ...(zoneVersion === undefined ? {} : { version: zoneVersion }),
      }),
    )
  zones
    .command('check')
    .argument('<file>', 'GeoJSON, KML, CAP 1.2 or WKT; - for stdin')
    .description('say what would be repaired and what refused; needs no server')
    .option(
      '--viewpoint <name>',
      'whose view of disputed borders, by its name in viewpoints.yaml (default: BONGSU_VIEWPOINT)',
    )
    .action((file: string, { viewpoint }: { viewpoint?: string }) => checkZoneFile(file, viewpoint))
  zones
    .command('import')
    .argument('<file>', 'GeoJSON, KML, CAP 1.2 or WKT; - for stdin')
    .description('add the zones of a file to the library; what is there already stays as it is')
    .option('--id <id>', 'of the zone; what the file holds becomes one zone')
    .option('--name <name>', 'for people')
    .option('--zone-version <n>', 'the next one by default')
    .action((file: string, flags: { id?: string; name?: string; zoneVersion?: string }) =>
      importZones(new ApiClient(process.env), file, flags),
    )
}
