import { describe, expect, it } from 'vitest'
import { LANES, laneOf } from '../../src/alerts/lane.ts'
import { demoCap, sample, sampleInfo } from './sample.ts'

const of = (
  severity: 'Extreme' | 'Severe' | 'Moderate' | 'Minor' | 'Unknown',
  msgType: 'Alert' | 'Update' | 'Cancel' = 'Alert',
) => sample({ msgType }, { severity })

describe('lanes', () => {
  it('go from corrections of Extreme down to the rest, entry texts between', () => {
    expect(LANES).toEqual({
      extremeCorrection: 0,
      extreme: 1,
      severeCorrection: 2,
      severe: 3,
      entry: 4,
      otherCorrection: 5,
      other: 6,
    })
  })

  it.each([
    ['Alert', [1, 3, 6, 6, 6]],
    ['Update', [0, 2, 5, 5, 5]],
    ['Cancel', [0, 2, 5, 5, 5]],
  ] as const)('of an %s follow its severity', (msgType, lanes) => {
    const severities = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const
    expect(severities.map((severity) => laneOf(of(severity, msgType)))).toEqual(lanes)
  })

  it('take the worst severity of any language', () => {
    expect(laneOf(sample({ infos: [sampleInfo({ severity: 'Minor' }), sampleInfo()] }))).toBe(LANES.extreme)
  })

  it('let a correction outrank what it corrects, however mild it is itself', () => {
    for (const severity of ['Extreme', 'Severe', 'Minor'] as const) {
      const original = of(severity)
      expect(laneOf(of('Unknown', 'Cancel'), [original])).toBeLessThan(laneOf(original))
      expect(laneOf({ ...sample({ msgType: 'Cancel' }), infos: [] }, [original])).toBeLessThan(laneOf(original))
    }
    const chain = [demoCap('noto-alert'), demoCap('noto-update')]
    expect(laneOf(demoCap('noto-all-clear'), chain)).toBe(LANES.extremeCorrection)
  })

  it('lend severity to corrections only', () => {
    expect(laneOf(of('Minor'), [of('Extreme')])).toBe(LANES.other)
  })
})
