import { expect, test } from 'vitest'
import type { AfterActionReport, AlertReport } from '../../src/reporting/after-action.ts'
import type { DeliveryLine } from '../../src/reporting/delivery.ts'
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
  expect(text).toMatch(/567 {2}failed {2}north {2}refused, command_status 0x0000000B/)
  expect(text).toContain('THE SUMS DO NOT AGREE WITH THE MESSAGES: failed 567 in the tally, 566 messages')
  expect(text).toMatch(/ALL-CLEAR noto-1 .*approved {2}not yet.*not launched/s)
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
