import { expect, test } from 'vitest'
import type { AfterActionReport, AlertReport, BroadcastReport } from '../../src/reporting/after-action.ts'
import type { DeliveryLine } from '../../src/reporting/delivery.ts'
import { renderReportPage } from '../../src/reporting/html/report-page.ts'
import { renderReport } from '../../src/reporting/render-report.ts'
import { columnsOf, table, wrap } from '../../src/reporting/text-table.ts'
import { noStates } from '../../src/store/states.ts'

const line: DeliveryLine = {
  due: 0,
  handedOver: 0,
  delivered: 0,
  handedOverSeconds: { p50: null, p90: null, p95: null, p99: null },
  deliveredSeconds: { p50: null, p90: null, p95: null, p99: null },
  curve: { handedOver: [], delivered: [] },
}

const alert: AlertReport = {
  id: '1',
  identifier: 'noto-1',
  sender: 'mofa',
  msgType: 'Alert',
  status: 'Actual',
  exercise: false,
  rehearses: null,
  severity: 'Extreme',
  allClear: false,
  phase: 'ended',
  ended: { reason: 'all-clear', at: '2026-11-21T09:00:00.000Z' },
  sent: '2026-11-21T03:00:00.000Z',
  expires: '2026-11-22T03:00:00.000Z',
  event: '지진',
  area: '노토반도 '.repeat(40),
  texts: [{ language: 'ja', text: `${'直ちに高台へ避難してください。'.repeat(20)}` }],
  rules: { unplaced: 'include', resend: 'resend' },
  authors: ['kim'],
  approval: { by: 'lee', at: '2026-11-21T03:04:05.000Z' },
  forecast: null,
  broadcast: {
    id: 1,
    identifier: 'noto-1',
    msgType: 'Alert',
    matched: 1_234_567,
    states: { ...noStates(), delivered: 1_234_000, failed: 567 },
    segments: 2_469_134,
    seconds: 61.234,
    firstSubmitMs: 180,
    carriers: { north: { submitted: 1_234_567, delivered: 1_234_000, receiptP50Ms: 1_200, receiptP95Ms: null } },
    launchedAt: '2026-11-21T03:05:00.000Z',
    selectedAt: null,
    expected: null,
    refused: null,
    audience: [{ reason: 'resident', country: 'JP', n: 1_234_567 }],
    lateEntrants: 0,
    delivery: {
      seconds: [],
      all: line,
      carriers: {},
      countries: [],
      countriesBy: 'selection',
      lateEntrants: { seconds: [], n: [] },
    },
    failures: [{ carrier: 'north', state: 'failed', cause: 'refused, command_status 0x0000000B', n: 567 }],
    tallies: { holds: false, differences: [{ state: 'failed', tally: 567, messages: 566 }] },
  },
}

const report: AfterActionReport = {
  chainId: '1',
  at: '2026-11-22T00:00:00.000Z',
  timeline: [
    { at: '2026-11-21T03:00:00.000Z', who: 'person:kim', what: 'alert.create', alertId: '1', identifier: 'noto-1' },
    {
      at: '2026-11-21T03:05:00.000Z',
      who: 'person:a person of a very long name indeed',
      what: 'alert.break-glass',
      alertId: '1',
      identifier: 'noto-1',
      reason: '혼자 근무 중이며 기다릴 수 없음 '.repeat(10),
    },
  ],
  alerts: [alert, { ...alert, id: '2', msgType: 'Update', allClear: true, approval: null, broadcast: null }],
}

test('no line is wider than 99 columns, wide characters counted as two', () => {
  const lines = renderReport(report).split('\n')
  expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(99)
  expect(lines.filter((line) => /\s$/.test(line))).toEqual([])
})

test('says who, what, how many, and where the sums do not hold', () => {
  const text = renderReport(report)
  expect(text).toContain('2026-11-21 03:00:00  kim ')
  expect(text).toContain('approved  lee at 2026-11-21 03:04:05')
  expect(text).toContain('phase     ended, all-clear at 2026-11-21 09:00:00')
  expect(text).toContain('first submit_sm after 180 ms, 61.2 s to the last answer')
  expect(text).toContain('1,234,567 numbers, 2,469,134 segments')
  expect(text).toMatch(/north\s+1,234,567\s+1,234,000\s+1,200 ms\s+-/)
  expect(text).toMatch(/^ {4}567 {2}failed {2}north {2}refused, command_status 0x0000000B$/m)
  expect(text).toContain('THE SUMS DO NOT AGREE WITH THE MESSAGES: failed 567 in the tally, 566 messages')
  expect(text).toMatch(/ALL-CLEAR noto-1 .*approved {2}not yet.*not launched/s)
})

test('says when an alert paused for its review, and until when', () => {
  const pause = { who: 'engine', what: 'alert.pause', alertId: '1', identifier: 'noto-1' }
  const [at, until] = ['2026-11-21T05:00:00.000Z', '2026-11-21T06:00:00.000Z']
  const paused = {
    ...report,
    timeline: [
      { ...pause, at, until },
      { ...pause, at: until, until: null },
    ],
  }
  const lines = renderReport(paused).split('\n')
  expect(lines.slice(lines.indexOf('TIMELINE') + 1)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^ *2026-11-21 05:00:00 {2}engine {2}paused for its review {2}noto-1$/),
      '  until 2026-11-21 06:00:00: it told nobody who entered',
      expect.stringMatching(/2026-11-21 06:00:00 .*paused for its review/),
      '  until now: it tells nobody who enters',
    ]),
  )
  expect(renderReportPage(paused)).toMatch(
    /paused for its review.*until 2026-11-21 06:00:00: it told.*until now: it tells/s,
  )
})

test('says one of one', () => {
  const broadcast = alert.broadcast && { ...alert.broadcast, matched: 1, segments: 1, lateEntrants: 1 }
  expect(renderReport({ ...report, alerts: [{ ...alert, broadcast }] })).toContain(
    '  1 number, 1 segment, 1 late entrant\n',
  )
})

test('says what the JSON says: the timeline in words with every reason in full, whose it is, its rules, its states in per cent', () => {
  const text = renderReport(report)
  const plain = text.replace(/\s+/g, ' ')
  expect(plain).toContain('kim wrote it of noto-1')
  expect(plain).toContain(
    `approved it: BROKE THE GLASS to do so of noto-1 why: ${'혼자 근무 중이며 기다릴 수 없음 '.repeat(10).trim()}`,
  )
  expect(plain).toContain('event 지진 issuer mofa area')
  expect(plain).toContain('expires 2026-11-22 03:00:00 rules unplaced include, resend resend text')
  expect(text).toMatch(/^ {4}delivered {2}1,234,000 {2}99\.9 %$/m)
  expect(text).toMatch(/^ {4}residents with a place in the zone {2}JP {2}1,234,567$/m)
  expect(text).toContain('selection is not finished')
  expect(text).not.toContain('not a real alert')
})

test('of an Exercise says so first', () => {
  const text = renderReport({ ...report, alerts: [{ ...alert, status: 'Exercise', exercise: true, rehearses: 'x-1' }] })
  expect(text.split('\n').findIndex((line) => line.startsWith('EXERCISE: this was not a real alert'))).toBeLessThan(
    text.split('\n').indexOf('TIMELINE'),
  )
  expect(text).toContain('rehearses x-1')
})

test('sets what was expected beside what came of it, in words', () => {
  const forecast = {
    at: '2026-11-21T03:02:00.000Z',
    matched: 1_200_000,
    upTo: 1_300_000,
    segments: 2_400_000,
    seconds: { p50: 60, p90: 120, p99: 7_500 },
    missingLanguages: [],
  }
  const all = {
    ...line,
    due: 1_234_567,
    handedOver: 1_234_000,
    delivered: 1_200_000,
    handedOverSeconds: { p50: 90.4, p90: 300, p95: null, p99: null },
  }
  const broadcast = { ...(alert.broadcast as BroadcastReport), lateEntrants: 67 }
  const text = renderReport({
    ...report,
    alerts: [{ ...alert, forecast, broadcast: { ...broadcast, delivery: { ...broadcast.delivery, all } } }],
  })
  const plain = text.replace(/\s+/g, ' ')
  expect(plain).toContain(
    'forecast against actual counted 2026-11-21 03:02:00 people: 1,200,000 expected (up to 1,300,000 approved), 1,234,500 found, late entrants apart segments: 2,400,000 expected, 2,469,134 sent, late entrants among them 50 % handed over: expected after 60 s, it took 90.4 s 90 % handed over: expected after 2 min, it took 5 min 99 % handed over: expected after 2 h 5 min, it never came so far',
  )
  expect(renderReport(report)).toContain('nothing was expected of it')
})

test('tells how fast it went, by carrier and country, and who came in later', () => {
  const slow = {
    ...line,
    due: 100,
    handedOver: 94,
    delivered: 90,
    handedOverSeconds: { p50: 5, p90: 9, p95: null, p99: null },
  }
  const broadcast = { ...(alert.broadcast as BroadcastReport), lateEntrants: 7 }
  const delivery = {
    ...broadcast.delivery,
    all: slow,
    carriers: { north: slow },
    countries: [{ ...slow, country: '*', matched: 107 }],
    countriesBy: 'registers' as const,
    lateEntrants: { seconds: [0, 3_600, 7_200, 86_400], n: [0, 3, 4, 7] },
  }
  const text = renderReport({ ...report, alerts: [{ ...alert, broadcast: { ...broadcast, delivery, seconds: 0 } }] })
  expect(text).toMatch(/^ {4}all +handed over +94 +94\.0 % +5 s +9 s +– +–\n {4} +delivered +90 +90\.0 % /m)
  expect(text).toMatch(/^ {4}north +handed over +94/m)
  expect(text).toMatch(/^ {4}several +handed over +94 .*\n.*\n {4} +matched +107$/m)
  expect(text).toContain('those of the registers of now')
  expect(text.replace(/\s+/g, ' ')).toContain(
    '7 were told because they came in later, half of them by 2 h and the last by 1 d after the launch',
  )
  expect(text).toContain('no answer yet')
})

test('a table aligns numbers to the right and Hangul by its width', () => {
  expect(
    table(
      [
        ['서울', '1'],
        ['Busan', '1,000'],
      ],
      [1],
    ),
  ).toEqual(['  서울       1', '  Busan  1,000'])
})

test('a wrapped text loses no character, also of a script without blanks', () => {
  const text = '直ちに高台へ避難してください。'.repeat(20)
  expect(wrap(`text  ${text}`, 8).join('').replaceAll(' ', '')).toBe(`text${text}`)
})
