import type {
  EmergencyNumbers,
  EntryMission,
  EntrySources,
  StandingLevel,
  StoredCampaign,
  StoredPolicy,
  StoredTemplate,
} from '../../entry/model.ts'
import type { Client } from '../database.ts'

/**
 * All that entry texts are made of, as it stands at this moment: what is changed counts for the next arrival, so nothing of it is
 * kept from one batch to the next. One answer of JSON: seven statements would be seven round trips in every batch. Levels of the file that
 * nobody has confirmed are left out: whoever enters is told facts.
 *
 * @param at campaigns that are over by then are left out
 */
export async function entrySources(db: Client, at: Date = new Date()): Promise<EntrySources> {
  const { rows } = await db.query<{ sources: Written }>({
    name: 'entry-sources',
    text: sourcesText,
    values: [at.toISOString()],
  })
  const { campaigns, ...sources } = (rows[0] as { sources: Written }).sources
  return {
    ...sources,
    campaigns: campaigns.map((row) => ({ ...row, startsAt: new Date(row.startsAt), endsAt: new Date(row.endsAt) })),
  }
}

interface Written {
  readonly policies: readonly StoredPolicy[]
  readonly templates: readonly StoredTemplate[]
  readonly campaigns: readonly (Omit<StoredCampaign, 'startsAt' | 'endsAt'> & { startsAt: number; endsAt: number })[]
  readonly levels: readonly StandingLevel[]
  readonly missions: readonly EntryMission[]
  readonly emergency: readonly EmergencyNumbers[]
  readonly hosts: readonly string[]
}

const list = (select: string) => `(SELECT coalesce(json_agg(r), '[]') FROM (${select}) AS r)`

const sourcesText = `
  SELECT json_build_object(
    'policies', ${list(`
      SELECT id, area, patch FROM (SELECT DISTINCT ON (area) * FROM entry_policy ORDER BY area, id DESC) n
       WHERE patch IS NOT NULL`)},
    'templates', ${list(`
      SELECT id, area, kind, level, special, language, body FROM (
        SELECT DISTINCT ON (area, kind, level, special, language) * FROM entry_template
         ORDER BY area, kind, level, special, language, id DESC) n
       WHERE body IS NOT NULL`)},
    'campaigns', ${list(`
      SELECT id, name, areas, texts, date_part('epoch', starts_at) * 1000 "startsAt", date_part('epoch', ends_at) * 1000 "endsAt" FROM (
        SELECT DISTINCT ON (name) * FROM campaign ORDER BY name, id DESC) n
       WHERE ends_at > $1::timestamptz`)},
    'levels', ${list(`
      SELECT id, country, area, level, special FROM (
        SELECT DISTINCT ON (country, area) * FROM travel_level ORDER BY country, area, id DESC) n
       WHERE (level IS NOT NULL OR special) AND (verified OR made_by <> 'file')`)},
    'missions', ${list(`
      SELECT id, country, name_ko "nameKo", name_en "nameEn", phone FROM mission ORDER BY is_embassy DESC, id`)},
    'emergency', ${list(`
      SELECT DISTINCT ON (country) country, police, ambulance, fire FROM emergency_number ORDER BY country, id DESC`)},
    'hosts', (SELECT coalesce(json_agg(host ORDER BY host), '[]') FROM entry_host)) AS sources`
