import { type Database, transaction } from '../../src/store/database.ts'
import { destinations } from './destinations.ts'
import type { CountryRules, Rules } from './due.ts'
import { homes } from './feeds.ts'
import { island } from './trips.ts'

/** Korea, networks at sea, and one network of several countries: what a set is for who is in one of them. */
const several = '**'
const campaignMs = 365 * 86_400_000
/** One in so many numbers asked for no more texts. */
const optedOutEvery = 997

/** Levels as they stand for whole countries; `special` is the advisory by itself. */
const levels: Readonly<Record<string, 1 | 2 | 3 | 'special'>> = {
  TR: 1,
  CN: 1,
  PH: 2,
  IN: 2,
  EG: 3,
  KH: 'special',
  LA: 1,
}
const campaign = {
  name: 'dengue',
  areas: ['VN', 'PH', 'TH'] as readonly string[],
  texts: { ko: '뎅기열 주의', en: 'Dengue' },
}

/** A night that is quiet: the hours, and what the one clock of the country is ahead of UTC by, all year. */
const quiet = { from: 22, to: 7, ahead: { VN: 7, PH: 8, TW: 8 } as Readonly<Record<string, number>> }

export interface WorldPlan {
  /** When the campaign begins, which lasts for a year. */
  readonly campaignAt: number
  /** Whether any policy has texts wait: only for a clock that is the test's own. */
  readonly waits: boolean
}

/** What the country's policies, templates, levels and campaigns are in a replay: written into the database, and told to the model. */
export class World {
  readonly #plan: WorldPlan

  constructor(plan: WorldPlan) {
    this.#plan = plan
  }

  /** Policies by area; what is not named is as it is by default. */
  get #policies(): Readonly<Record<string, object>> {
    const always = {
      GU: { enabled: false },
      MO: { kinds: ['level', 'campaign'] },
      TH: { coolDownHours: 72 },
      MX: { returnMinutes: 180, kinds: ['level', 'mission'] },
    }
    if (!this.#plan.waits) return always
    const night = { from: `${quiet.from}:00`, to: `0${quiet.to}:00` }
    return {
      ...always,
      '*': { delaySeconds: 60 },
      AE: { transitMinutes: 240 },
      TR: { transitMinutes: 480 },
      VN: { quiet: { ...night, unlessLevel: 2 } },
      PH: { quiet: { ...night, unlessLevel: 2 } },
      TW: { quiet: { ...night, unlessLevel: null }, delaySeconds: 600 },
    }
  }

  /** Call it when the engine has started: what it comes with is in the database then, and is taken back where it would be told as well. */
  async furnish(db: Database, subscribers: number): Promise<void> {
    await transaction(db.pool, async (client) => {
      for (const [area, patch] of Object.entries(this.#policies))
        await client.query(`INSERT INTO entry_policy (area, patch, made_by) VALUES ($1, $2, 'replay')`, [
          area,
          JSON.stringify(patch),
        ])
      for (const area of [...destinations.map(({ country }) => country), island, several])
        await client.query(
          `INSERT INTO entry_template (area, kind, language, body, verified, made_by)
           VALUES ($1, 'mission', 'ko', $2, true, 'replay'), ($1, 'mission', 'en', $3, true, 'replay')`,
          [area, missionText(area, false), missionText(area, true)],
        )
      await client.query(
        `INSERT INTO travel_level (country, area, since, source, verified, made_by)
         SELECT DISTINCT country, area, date '2026-01-01', 'replay', true, 'replay' FROM travel_level`,
      )
      for (const [country, level] of Object.entries(levels)) {
        const [no, special] = level === 'special' ? [null, true] : [level, false]
        await client.query(
          `INSERT INTO travel_level (country, area, level, special, since, source, verified, made_by)
           VALUES ($1, $1, $2, $3, '2026-01-01', 'replay', true, 'replay')`,
          [country, no, special],
        )
        await client.query(
          `INSERT INTO entry_template (area, kind, level, special, language, body, verified, made_by)
           VALUES ($1, 'level', $2, $3, 'ko', $4, true, 'replay'), ($1, 'level', $2, $3, 'en', $5, true, 'replay')`,
          [country, no, special, levelText(country, false), levelText(country, true)],
        )
      }
      const begins = this.#plan.campaignAt
      await client.query(
        `INSERT INTO campaign (name, areas, texts, starts_at, ends_at, made_by) VALUES ($1, $2, $3, $4, $5, 'replay')`,
        [
          campaign.name,
          campaign.areas,
          JSON.stringify(campaign.texts),
          new Date(begins),
          new Date(begins + campaignMs),
        ],
      )
      await client.query(
        'INSERT INTO opt_out (msisdn) SELECT 821000000000 + i FROM generate_series(0, $1::bigint, $2) AS i',
        [subscribers, optedOutEvery],
      )
    })
  }

  get rules(): Rules {
    const byPlace = new Map<string, CountryRules>()
    return {
      of: (countries) => {
        const place = countries.join('/')
        const known = byPlace.get(place) ?? this.#rulesOf(countries)
        byPlace.set(place, known)
        return known
      },
      optedOut: (msisdn) => (Number(msisdn) - 821_000_000_000) % optedOutEvery === 0,
      reached: (hplmn) => hplmn !== homes[3],
    }
  }

  #rulesOf(countries: readonly string[]): CountryRules {
    const country = countries.length === 1 ? (countries[0] as string) : several
    const patch = { ...this.#policies['*'], ...this.#policies[country] } as Partial<CountryRules> & { kinds?: string[] }
    const ahead = quiet.ahead[country]
    // Nothing waits for the morning where the level is 2 or more: the Philippines.
    const night = this.#plan.waits && ahead !== undefined && levels[country] !== 2
    const { campaignAt } = this.#plan
    const kinds = patch.kinds ?? ['mission', 'level', 'campaign']
    return {
      enabled: patch.enabled ?? true,
      coolDownHours: patch.coolDownHours ?? 24,
      returnMinutes: patch.returnMinutes ?? 60,
      transitMinutes: patch.transitMinutes ?? 0,
      delaySeconds: patch.delaySeconds ?? 0,
      quiet: night ? { from: quiet.from, to: quiet.to, utcOffsetHours: ahead } : null,
      texts: (at, english) => {
        const running = at >= campaignAt && at < campaignAt + campaignMs && campaign.areas.includes(country)
        const all: Record<string, string[]> = {
          mission: [missionText(country, english)],
          level: country in levels ? [levelText(country, english)] : [],
          campaign: running ? [english ? campaign.texts.en : campaign.texts.ko] : [],
        }
        return kinds.flatMap((kind) => all[kind] as string[])
      },
    }
  }
}

const missionText = (area: string, english: boolean) => `${area} ${english ? 'mission' : '공관'}`
const levelText = (country: string, english: boolean) =>
  `${country} ${english ? 'advice' : '여행경보'} ${levels[country]}`
