import { describe, expect, test } from 'vitest'
import { readSettings } from '../../src/app/settings.ts'

describe('BONGSU_SENDER', () => {
  test('is who issues the alerts that name nobody; bongsu without it', () => {
    expect(readSettings({}).sender).toBe('bongsu')
    expect(readSettings({ BONGSU_SENDER: '' }).sender).toBe('bongsu')
    expect(readSettings({ BONGSU_SENDER: 'alerts@mofa.go.kr' }).sender).toBe('alerts@mofa.go.kr')
    expect(readSettings({ BONGSU_SENDER: '외교부' }).sender).toBe('외교부')
  })

  test.each(['MOFA Korea', 'mofa,kr', '<mofa>', 'mofa&kr', 'mofa\u0007', 'mofa\tkr'])(
    'is refused where CAP has no such sender: %j',
    (sender) => expect(() => readSettings({ BONGSU_SENDER: sender })).toThrow('cannot be the sender of an alert'),
  )

  test('is the nearest name of one that is mistyped', () => {
    const refused = (() => {
      try {
        readSettings({ BONGSU_SENDR: 'x' })
      } catch (error) {
        return error as { details: { hint: string }[] }
      }
      return undefined
    })()
    expect(refused?.details).toMatchObject([{ hint: 'Did you mean BONGSU_SENDER?' }])
  })
})
