import { basename } from 'node:path'
import { Findings } from '../../alerts/findings.ts'
import { suspectSwap } from '../../alerts/swap.ts'
import { type DrawnZone, readZoneFile } from '../../alerts/zone-file.ts'
import { checkShapes } from '../../geo/check-shapes.ts'
import { compileShapes } from '../../geo/compile.ts'
import { drawBordersAs, loadCountries } from '../../geo/countries.ts'
import { verticesOf } from '../../geo/outline.ts'
import { dataFile } from '../../geo/reference-zones.ts'
import { deFacto, readViewpoint } from '../../geo/viewpoint.ts'
import type { Shape, ZoneSource } from '../../geo/zone.ts'
import { Problem } from '../../lib/problem.ts'
import { readSettings } from '../settings.ts'
import type { ApiClient } from './client.ts'
import { readInput } from './input.ts'
import { idFindings, withIds } from './zone-ids.ts'

interface ZoneHead {
  kind: string
  id: string
  version: number
  name: string
}

interface ShownZone extends ZoneHead {
  source: ZoneSource | null
  madeBy: string | null
  madeAt: string | null
  versions: number[]
  areaKm2: number
  vertices: number
  countries: string[]
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const pageSize = 1000

/** `bongsu zones list`: a line for each zone: kind, id@version, name. */
export async function listZones(client: ApiClient, { kind, search }: { kind: string; search?: string }): Promise<void> {
  let after: string | null = ''
  while (after !== null) {
    const query = new URLSearchParams({ kind, limit: String(pageSize) })
    if (search !== undefined) query.set('search', search)
    if (after !== '') query.set('after', after)
    const page: { zones: ZoneHead[]; next: string | null } = await client.json(`/v1/zones?${query}`)
    for (const zone of page.zones) print(`${zone.kind}\t${zone.id}@${zone.version}\t${zone.name}`)
    after = page.next
  }
}

/** `bongsu zones show`: what it is and where it comes from, or its outline. */
export async function showZone(
  client: ApiClient,
  id: string,
  { geojson, version }: { geojson?: boolean; version?: string },
): Promise<void> {
  const of = version === undefined ? '' : `?${new URLSearchParams({ version })}`
  const path = `/v1/zones/${encodeURIComponent(id)}`
  if (geojson) return void process.stdout.write(`${await client.text(`${path}/geojson${of}`)}\n`)
  const zone = await client.json<ShownZone>(`${path}${of}`)
  print(`${zone.id}@${zone.version}: ${zone.name} (${zone.kind})`)
  print(`  ${sizeLine(zone)}`)
  if (zone.versions.length > 1) print(`  versions: ${zone.versions.join(', ')}`)
  if (zone.madeBy !== null) print(`  made by ${zone.madeBy} at ${zone.madeAt}`)
  if (zone.source !== null) {
    print(`  source: ${zone.source.author}, ${zone.source.date}, ${zone.source.licence}: ${zone.source.basis}`)
  }
}

/**
 * `bongsu zones check`: says what was repaired and what cannot be used, without a server.
 * @param viewpoint whose view of disputed borders is drawn; BONGSU_VIEWPOINT where it is not given
 * @throws Problem if anything is refused
 */
export async function checkZoneFile(file: string, viewpoint?: string): Promise<void> {
  const { zones } = await readChecked(file, viewpoint)
  // Whoever checks a file without ids may mean to give one with --id.
  const named = idFindings(zones.filter(({ id, unfitId }) => id !== undefined || unfitId !== undefined))
  for (const { message, where, hint } of named.problems) print(`  look: ${where}: ${message}. ${hint ?? ''}`)
  print(`${zones.length} ${zones.length === 1 ? 'zone' : 'zones'}, all can be used`)
}

/** `bongsu zones import`: each zone of the file by its own id, or all of them as one zone by the id given. */
export async function importZones(
  client: ApiClient,
  file: string,
  { id, name, zoneVersion }: { id?: string; name?: string; zoneVersion?: string },
): Promise<void> {
  const { zones } = await readChecked(file)
  const merged: DrawnZone[] =
    id === undefined ? zones : [{ ...zones[0], where: file, id, shapes: zones.flatMap(({ shapes }) => shapes) }]
  if (merged.length > 1 && (name !== undefined || zoneVersion !== undefined)) {
    throw new Problem('zone-several', `The file holds ${merged.length} zones`, {
      hint: 'With --id they become one zone, which --name and --zone-version are of.',
    })
  }
  for (const { shapes, source, ...zone } of withIds(merged)) {
    const version = zoneVersion === undefined ? zone.version : Number(zoneVersion)
    const made = await client.json<ShownZone & { unchanged: boolean }>('/v1/zones', {
      method: 'POST',
      type: 'application/json',
      body: JSON.stringify({
        id: zone.id,
        name: name ?? zone.name ?? zone.id,
        ...(version === undefined ? {} : { version }),
        ...(source === undefined ? {} : { source }),
        shapes,
      }),
    })
    const [, before] = made.versions
    const what = made.unchanged ? 'unchanged' : 'imported'
    // An id of the file may be that of another zone of the library.
    const newer = made.unchanged || before === undefined ? '' : `, newer than @${before}`
    print(`${what} ${made.id}@${made.version}${newer}: ${sizeLine(made)}`)
  }
}

/** The zones of a file, repaired; what is noteworthy is printed. @throws Problem with everything that is refused */
async function readChecked(file: string, viewpoint?: string): Promise<{ zones: DrawnZone[] }> {
  const drawnBy = drawBorders(viewpoint)
  const { format, zones, problems } = readZoneFile(await readInput(file))
  const borders = drawnBy === deFacto.name ? '' : `, borders as ${drawnBy} draws them`
  print(`${file === '-' ? 'stdin' : basename(file)}: ${format}, ${zones.length + problems.length} areas${borders}`)
  const refused = [...problems]
  const checked = zones.flatMap((zone): DrawnZone[] => {
    try {
      const { shapes, notes } = checkShapes(zone.shapes)
      describe(zone, shapes, notes)
      return [{ ...zone, shapes }]
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      for (const one of error.details.length > 0 ? error.details : [error]) refused.push(within(zone, one))
      return []
    }
  })
  if (refused.length > 0) {
    throw new Problem('zone-file-refused', `${refused.length} areas cannot be used`, { where: file, details: refused })
  }
  if (checked.length === 0) throw new Problem('zone-empty', 'The file holds no area', { where: file })
  return { zones: checked }
}

/** Whose view it is: as the server would draw borders with the same environment, unless a viewpoint is given. */
function drawBorders(given: string | undefined): string {
  const { geofencesDir, viewpoint } = readSettings(process.env)
  const file = dataFile(geofencesDir, 'viewpoints.yaml')
  const drawn = readViewpoint(file, given ?? viewpoint, given === undefined ? undefined : '--viewpoint')
  drawBordersAs(drawn)
  return drawn.name
}

function describe(zone: DrawnZone, shapes: Shape[], notes: readonly string[]): void {
  const countries = loadCountries()
  const compiled = compileShapes(shapes, countries)
  const line = sizeLine({
    areaKm2: compiled.areaKm2,
    vertices: verticesOf(shapes),
    countries: compiled.countriesTouched(),
  })
  print(`  ${zone.where}${zone.id === undefined ? '' : `, id ${zone.id}`}: ${line}`)
  for (const note of notes) print(`    repaired: ${note}`)
  const warnings = new Findings()
  const area = { areaDesc: zone.name ?? zone.where, shapes, geocode: [] }
  suspectSwap(area, (lon, lat) => countries.countryAt(lon, lat), zone.where, warnings, warnings)
  for (const { message, hint } of warnings.problems) print(`    look: ${message}. ${hint ?? ''}`)
}

function within({ where }: DrawnZone, { code, message, where: vertex, hint }: Problem): Problem {
  return new Problem(code, message, {
    where: vertex === undefined ? where : `${where} ${vertex}`,
    ...(hint === undefined ? {} : { hint }),
  })
}

function sizeLine({ areaKm2, vertices, countries }: Pick<ShownZone, 'areaKm2' | 'vertices' | 'countries'>): string {
  const size = areaKm2 < 100 ? areaKm2.toFixed(2) : Math.round(areaKm2).toLocaleString('en-US')
  return `${size} km², ${vertices} vertices, ${countries.length > 0 ? countries.join(', ') : 'at sea'}`
}
