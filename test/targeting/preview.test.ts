import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LANES } from '../../src/alerts/lane.ts'
import { type ChosenRules, rulesFor } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { type Prng, prng } from '../../src/lib/prng.ts'
import { findAlert } from '../../src/store/alerts/alert-row.ts'
import { type Preview, previewAlert } from '../../src/targeting/preview.ts'
import { sampleInfo } from '../alerts/sample.ts'
import { alertOf, carrier, correction, profiles, startEngine, type TestEngine } from './engine.ts'
import {
  addEverybody,
  circleOf,
  everybody,
  grouped,
  isTold,
  naive,
  named,
  numbers,
  type Row,
  verdictOf,
  type Zone,
  zones,
} from './naive-audience.ts'

let engine: TestEngine
const hourMs = 3_600_000

beforeAll(async () => {
  engine = await startEngine()
  await addEverybody(engine)
})

afterAll(() => engine?.close())

function randomRules(r: Prng): ChosenRules {
  const maybe = <T>(value: T): T | undefined => (r.int(3) === 0 ? value : undefined)
  const some = <T>(list: readonly T[]) => list.filter(() => r.int(2) === 0)
  const chosen = {
    unplaced: r.pick(['include', 'exclude'] as const),
    uncertain: r.pick(['include', 'centre', 'exclude'] as const),
    numbers: r.pick(['every', 'last-seen'] as const),
    populations: maybe(r.pick([['residents'], ['roamers']] as const)),
    languages: maybe(['und', ...some(['ko', 'en', 'ja'])]),
    missions: maybe(['tokyo', ...some(['osaka'])]),
    homeNetworks: maybe(['45008', ...some(['45005'])]),
    placeMaxAgeHours: maybe(40),
    seenMaxAgeHours: maybe(60),
  }
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) as ChosenRules
}

const infos = (shapes: Shape[]) => {
  const areas = [{ areaDesc: 'zone', shapes, geocode: [] }]
  const expires = `${new Date(Date.now() + hourMs).toISOString().slice(0, 19)}-00:00`
  return [
    sampleInfo({ expires, areas }),
    sampleInfo({ expires, areas, language: 'en', headline: 'Earthquake', instruction: 'x'.repeat(200) }),
  ]
}

const counted = <T>(list: readonly T[], key: (one: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const one of list) counts[key(one)] = (counts[key(one)] ?? 0) + 1
  return counts
}

const nonZero = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0))

interface Made {
  readonly msisdn: number
  readonly reason: string
  readonly carrierNo: number
  readonly variant: number
}

const messagesOf = (broadcastId: number) =>
  engine.rows<Made>(
    'SELECT msisdn, reason, carrier_no "carrierNo", variant FROM message WHERE broadcast_id = $1',
    broadcastId,
  )

/** The row for which a message was made, as its reason has it. */
const rowOf = ({ msisdn, reason }: Made) =>
  numbers.get(msisdn)?.find(({ population }) => population.startsWith(reason.split('-')[0] as string)) as Row

async function expectToFit(preview: Preview, made: readonly Made[]): Promise<void> {
  expect(preview.byReason).toEqual(counted(made, ({ reason }) => reason))
  expect(nonZero(preview.byPopulation)).toEqual(counted(made, (one) => rowOf(one).population))
  expect(preview.byLanguage).toEqual(counted(made, (one) => rowOf(one).language?.toLowerCase().split('-')[0] ?? 'und'))
  const idOf = ({ carrierNo }: Made) => engine.routes.profileOf(carrierNo)?.id ?? 'none'
  const { byCarrier, texts } = preview
  expect(Object.fromEntries(Object.entries(byCarrier).map(([id, one]) => [id, one.messages]))).toEqual(
    counted(made, idOf),
  )
  let segments = 0
  for (const [id, some] of grouped([...made], idOf)) {
    if (id === 'none') continue
    const ofCarrier = some.reduce((sum, { variant }) => sum + (texts[variant - 1]?.carriers[id]?.segments as number), 0)
    expect(byCarrier[id]?.segments).toBe(ofCarrier)
    segments += ofCarrier
  }
  expect(preview.segments).toBe(segments)
  expect(texts.map(({ messages }) => messages)).toEqual(
    texts.map((_, i) => made.filter((one) => one.variant === i + 1 && one.carrierNo !== 0).length),
  )
}

describe.each(Object.entries(zones))('the preview of %s', (_, zone) => {
  test.each(Array.from({ length: 6 }, (_, i) => i))(
    'counts whom the rules mean and the selection finds: random rules %i',
    async (i) => {
      // `ring` of a polygon is a matter of its distance, which the test knows of circles only.
      const chosen = {
        ...randomRules(prng(1000 + i)),
        ...(zone.box && { uncertain: 'centre' as const, populations: ['residents' as const] }),
      }
      const severity = i % 2 === 0 ? 'Severe' : 'Minor'
      const alert = alertOf(zone.shapes, { infos: infos(zone.shapes).map((info) => ({ ...info, severity })) })
      const rules = rulesFor(alert, chosen)
      const preview = await previewAlert({ ...engine, profiles }, alert, rules)
      const { told, ...left } = naive(zone, rules)
      expect({ ...preview, what: chosen }).toMatchObject({ matched: told.size, ...left, what: chosen })
      const { broadcastId } = await engine.send(alert, chosen)
      const made = await messagesOf(broadcastId)
      expect(new Set(made.map(({ msisdn }) => msisdn))).toEqual(told)
      await expectToFit(preview, made)
      expect(nonZero(preview.byStanding)).toEqual(counted(made, (one) => verdictOf(rowOf(one), zone, rules)))
    },
  )
})

describe('the preview of a correction', () => {
  test('counts holders and newcomers once each, and those whom the rules leave out without a text', async () => {
    const zone = zones['two circles'] as Zone
    const first = alertOf([circleOf('noto')], { infos: infos([circleOf('noto')]) })
    const { broadcastId } = await engine.send(first, { unplaced: 'include' })
    await engine.rows(
      `UPDATE message SET state = 'delivered' WHERE broadcast_id = $1 AND seq % 3 = 0 AND carrier_no > 0`,
      broadcastId,
    )
    const holders = new Set(
      (
        await engine.rows<Made>(
          `SELECT msisdn FROM message WHERE broadcast_id = $1 AND state = 'delivered'`,
          broadcastId,
        )
      ).map(({ msisdn }) => msisdn),
    )
    for (const chosen of [
      { unplaced: 'exclude', uncertain: 'exclude', numbers: 'every' },
      { unplaced: 'exclude', uncertain: 'centre', numbers: 'last-seen' },
    ] as const) {
      const { chainId } = (
        await engine.rows<{ chainId: string }>('SELECT chain_id "chainId" FROM alert ORDER BY created_at DESC LIMIT 1')
      )[0] as { chainId: string }
      const update = correction('Update', first, zone.shapes, infos(zone.shapes)[0])
      const rules = rulesFor(update, chosen)
      const row = await engine.approve(update, chosen)
      expect(row.chainId).toBe(chainId)
      const preview = await previewAlert({ ...engine, profiles }, update, rules, { alertId: row.id, chainId })
      const expected = naive(zone, rules)
      const personOf = (msisdn: number) => (rules.numbers === 'last-seen' ? (named.get(msisdn) ?? msisdn) : msisdn)
      const holding = new Set([...holders].map(personOf))
      const newcomers = [...expected.told].filter((msisdn) => !holding.has(personOf(msisdn)))
      expect(preview.byStanding.holder).toBe(holders.size)
      expect(preview.matched).toBe(holders.size + newcomers.length)
      const left = everybody.filter((one) => !holding.has(personOf(one.msisdn)))
      const persons = grouped(left, ({ msisdn }) => personOf(msisdn))
      const verdicts = [...persons.values()].map((rows) => rows.map((one) => verdictOf(one, zone, rules)))
      expect(preview.apart).toBe(verdicts.filter((of) => !of.some(isTold) && of.includes('apart')).length)
      expect(preview.uncertainApart).toBe(
        verdicts.filter((of) => !of.some(isTold) && !of.includes('apart') && of.includes('uncertain')).length,
      )
    }
  })
})

describe('the cost and the time of a preview', () => {
  const shapes = [circleOf('noto')]
  const priced = [
    ...profiles.filter(({ id }) => id !== 'local' && id !== 'home'),
    carrier(
      'local',
      'reaches: [{ population: residents, countries: [JP, FR, FJ, GP, MF], priority: 10 }], price: { perSegment: 0.045, currency: EUR }',
    ),
    carrier(
      'home',
      'reaches: [{ population: roamers, hplmn: ["45008"], priority: 10 }], price: { perSegment: 8.5, currency: KRW }',
    ),
  ]

  test('are by the price and the contract of each carrier', async () => {
    await engine.rows('DELETE FROM chunk')
    const alert = alertOf(shapes, { infos: infos(shapes) })
    const { byCarrier, cost, unpricedSegments, segments, forecast } = await previewAlert(
      { ...engine, profiles: priced },
      alert,
      rulesFor(alert),
    )
    const [local, home] = [byCarrier.local, byCarrier.home] as [
      Preview['byCarrier'][string],
      Preview['byCarrier'][string],
    ]
    expect(local.cost).toEqual({ amount: Math.round(local.segments * 45) / 1000, currency: 'EUR' })
    expect(cost).toEqual({ EUR: local.cost?.amount, KRW: home.segments * 8.5 })
    expect(unpricedSegments).toBe(segments - local.segments - home.segments)
    expect(unpricedSegments).toBeGreaterThan(0)
    expect(local.seconds).toBe(Math.ceil(local.segments / 10))
    expect(local.forecast?.p90).toBeCloseTo((local.segments * 0.9) / 10, 0)
    expect(forecast.p99).toBeLessThanOrEqual(
      Math.max(...Object.values(byCarrier).map((one) => one.forecast?.p99 ?? 0)) + 5,
    )
    expect(byCarrier.none?.cost).toBeUndefined()
  })

  test('wait for what is queued and as urgent, and not for what the launch withdraws; a paused carrier says so', async () => {
    await engine.rows('DELETE FROM chunk')
    const queued = alertOf([circleOf('paris')], { infos: infos([circleOf('paris')]) })
    const { alertId, broadcastId } = await engine.send(queued)
    await engine.rows(`UPDATE carrier SET paused_at = now() WHERE id = 'local'`)
    const waiting = (await messagesOf(broadcastId)).filter(({ carrierNo }) => carrierNo === engine.no('local'))
    const alert = alertOf(shapes, { infos: infos(shapes) })
    const { local } = (await previewAlert({ ...engine, profiles }, alert, rulesFor(alert))).byCarrier
    // The longest text of the broadcast, two segments, for each.
    expect(local).toMatchObject({ queuedAhead: waiting.length * 2, heldBy: 'paused' })
    expect(local?.forecast?.p50).toBeCloseTo((waiting.length * 2 + (local?.segments as number) / 2) / 10, 0)
    // What is less urgent yields; only for a share of a hundredth it does not.
    const lane = await engine.rows<{ lane: number }>('SELECT DISTINCT lane FROM chunk')
    expect(lane).toEqual([{ lane: LANES.extreme }])
    await engine.rows('UPDATE chunk SET lane = $1', LANES.other)
    const later = (await previewAlert({ ...engine, profiles }, alert, rulesFor(alert))).byCarrier.local
    expect(later?.queuedAhead).toBe(0)
    expect(later?.forecast?.p50).toBeLessThan((local?.forecast?.p50 as number) / 1.5)
    // As urgent as the correction: it would go first if it were not withdrawn.
    await engine.rows('UPDATE chunk SET lane = $1', LANES.extremeCorrection)
    const { chainId } = (await findAlert(engine.db.pool, alertId)) as { chainId: string }
    const update = correction('Update', queued, shapes)
    const row = await engine.approve(update)
    const ahead = async (chain?: { alertId: string; chainId: string }) =>
      (await previewAlert({ ...engine, profiles }, update, rulesFor(update), chain)).byCarrier.local?.queuedAhead
    expect(await ahead()).toBe(waiting.length * 2)
    expect(await ahead({ alertId: row.id, chainId })).toBe(0)
    await engine.rows(`UPDATE carrier SET paused_at = NULL`)
  })
})
