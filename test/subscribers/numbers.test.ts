import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'
import { parseMsisdn, parseReportedMsisdn } from '../../src/subscribers/msisdn.ts'
import { countriesOfMcc, countriesOfPlmn } from '../../src/subscribers/networks.ts'

describe('parseMsisdn', () => {
  test.each([
    ['+82 10-1234-5678', undefined, '821012345678', 'KR'],
    ['0082 10 1234 5678', undefined, '821012345678', 'KR'],
    ['821012345678', undefined, '821012345678', 'KR'],
    ['821012345678', 'JP', '821012345678', 'KR'],
    ['090-1234-5678', 'JP', '819012345678', 'JP'],
    ['+81 (0)90 1234 5678', undefined, '819012345678', 'JP'],
    ['＋８２ １０ １２３４ ５６７８', undefined, '821012345678', 'KR'],
    ['+383 44 123 456', undefined, '38344123456', 'XK'],
  ])('reads %s (%s)', (raw, country, msisdn, of) => {
    expect(parseMsisdn(raw, country)).toEqual({ msisdn, country: of })
  })

  test.each([
    ['', undefined],
    ['CALL-ME-NOW', undefined],
    ['010-1234-5678', undefined],
    ['+82 10 1234', undefined],
    ['+999 123 456 789', undefined],
    ['12345', 'KR'],
    ['8.21012E+11', undefined],
  ])('refuses %s (%s)', (raw, country) => {
    expect(() => parseMsisdn(raw, country)).toThrow(Problem)
  })

  test('refuses bare digits that mean one number at home and another abroad', () => {
    expect(() => parseMsisdn('6581234567', 'US')).toThrow(/6581\*+67 is a number of US/)
    expect(parseMsisdn('+6581234567', 'US')).toEqual({ msisdn: '6581234567', country: 'SG' })
  })

  test('shows no full number in what it says', () => {
    try {
      parseMsisdn('+82 10 1234 56789')
      throw new Error('was not refused')
    } catch (error) {
      expect((error as Problem).line).toMatch(/^\+821\*+89 /)
    }
  })

  test('believes a carrier whose range no table knows, but not what is no number', () => {
    expect(parseReportedMsisdn('+821912345678', 'msisdn')).toBe('821912345678')
    for (const raw of ['0821012345678', '82', '82101234567890123', '82-10-1234-5678', '']) {
      expect(() => parseReportedMsisdn(raw, 'msisdn')).toThrow(Problem)
    }
  })
})

describe('networks', () => {
  test.each([
    ['44010', ['JP']],
    ['45008', ['KR']],
    ['310260', ['PR', 'US', 'VI']],
    ['27077', ['LU']],
    ['34001', ['BL', 'GF', 'GP', 'MF', 'MQ']],
    ['22102', ['XK']],
    ['450008', ['KR']],
    ['44099', ['JP']],
    ['28967', ['GE']],
    ['90112', []],
    ['00101', []],
    ['99999', []],
    ['70099', []],
  ])('%s may be %j', (plmn, countries) => {
    expect(countriesOfPlmn(plmn)).toEqual(countries)
  })

  test('an MCC gives every country that uses it, and the caller may keep the list', () => {
    expect(countriesOfMcc('310')).toEqual(expect.arrayContaining(['US', 'PR', 'GU']))
    countriesOfMcc('440').push('XX')
    expect(countriesOfMcc('440')).toEqual(['JP'])
    expect(countriesOfMcc('901')).toEqual([])
  })
})
