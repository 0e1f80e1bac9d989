import { describe, expect, test } from 'vitest'
import type { Problem } from '../../src/lib/problem.ts'
import { sendableCorrections } from '../../src/targeting/correction-fit.ts'
import { alertOf, allClear, carrier } from './engine.ts'

const reaches = 'reaches: [{ population: residents }]'
const japan = { kind: 'country', iso2: 'JP' } as const
const one = carrier('one', `${reaches}, text: { long: refuse }`)
const tiny = carrier('tiny', `${reaches}, text: { long: refuse, segmentOctets: 40 }`)
const drill = carrier('drill', `${reaches}, text: { long: refuse, segmentOctets: 40 }, live: false`)
const alert = alertOf([japan], {}, { event: '지진해일 특별 경계경보 발령', senderName: '외교부 재외국민안전과' })

describe('the words that take an alert back', () => {
  test('name what is taken back, where the carriers have room for it', () => {
    expect(sendableCorrections(alert, undefined, [carrier('usual', reaches)])?.cancel.ko).toContain('지진해일')
  })

  test('name it as its readers have it, by no time: that of the draft is on nobody’s phone', () => {
    const usual = [carrier('usual', reaches)]
    const english = alertOf([japan], {}, { language: 'en', event: 'Tsunami', senderName: 'MOFA' })
    const place = english.infos[0]?.areas[0]?.areaDesc
    for (const [one, ko, en] of [
      [alert, `${place} 「지진해일 특별 경계경보 발령」 안내`, `the alert "지진해일 특별 경계경보 발령" for ${place}`],
      [english, `${place} 「Tsunami」 안내`, `the alert "Tsunami" for ${place}`],
      [alertOf([japan], {}, { event: 'M 7.6 지진' }), `${place} 안내`, `the alert for ${place}`],
    ] as const) {
      const { cancel, allClear } = sendableCorrections(one, undefined, usual) ?? {}
      expect(cancel?.ko).toContain(`] 앞서 보낸 ${ko}는 잘못 발송되었습니다.`)
      expect(allClear?.ko).toContain(`] 앞서 보낸 ${ko}의 상황이 해제되었습니다.`)
      expect(cancel?.en).toContain(`] CORRECTION: ${en} was sent in error.`)
      expect(allClear?.en).toContain(`] ALL CLEAR: ${en} has ended.`)
      expect(Object.values({ ...cancel, ...allClear }).join()).not.toMatch(/UTC|\d{2}:\d{2}/)
    }
    const nameless = alertOf(
      [japan],
      {},
      { event: '#1', areas: [{ areaDesc: 'http://x', shapes: [japan], geocode: [] }] },
    )
    expect(sendableCorrections(nameless, undefined, usual)?.cancel.en).toMatch(
      /\] CORRECTION: our earlier alert was sent in error\. Please disregard it\.$/,
    )
    expect(sendableCorrections(nameless, undefined, usual)?.cancel.ko).toContain('] 앞서 보낸 안내는 잘못')
  })

  test('are shorter where a carrier has not', () => {
    const { cancel, allClear } = sendableCorrections(alert, undefined, [one]) ?? {}
    expect(cancel?.ko).toBe('[안전경보] 앞서 보낸 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다.')
    expect(allClear?.ko).toBe('[안전경보] 앞서 보낸 안내의 상황이 해제되었습니다.')
    expect(cancel?.en).toBe('[Safety alert] CORRECTION: our earlier alert was sent in error. Please disregard it.')
  })

  test('are refused while there is time, not when they are needed', () => {
    const own = { cancel: { ko: '가'.repeat(71) }, allClear: { ko: '끝' } }
    const codeOf = (run: () => unknown) => {
      try {
        return run()
      } catch (error) {
        return (error as Problem).code
      }
    }
    expect(codeOf(() => sendableCorrections(alert, own, [one]))).toBe('correction-not-sendable')
    expect(codeOf(() => sendableCorrections(alert, undefined, [tiny]))).toBe('correction-not-sendable')
    // A carrier for exercises will not carry it.
    expect(codeOf(() => sendableCorrections(alert, undefined, [drill]))).toHaveProperty('cancel')
  })

  test('are none for an all-clear', () => {
    expect(sendableCorrections(allClear(alert), undefined, [tiny])).toBeNull()
  })
})
