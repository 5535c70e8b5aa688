import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ageText,
  columnScale,
  linkSpeedText,
  memoryText,
  percentText,
  rate,
  rateText,
  scaleOf,
  threeDigits,
  utilisation,
} from './units.ts'

describe('rates', () => {
  test.each([
    [0, '0 pps'],
    [0.001, '<0.01 pps'],
    [3.1, '3.10 pps'],
    [999.4, '999 pps'],
    [999.6, '1.00 kpps'],
    [842_100, '842 kpps'],
    [1_240_000, '1.24 Mpps'],
    [148_800_000, '149 Mpps'],
    [null, '—'],
    [Number.NaN, '—'],
  ])('%s packets per second read %s', (value, text) => expect(rateText(value, 'pps')).toBe(text))

  test('bits take the prefix before the unit', () => expect(rateText(9_415_000_000, 'bit/s')).toBe('9.41 Gbit/s'))

  test('what is not zero never reads as zero', () =>
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e14, noNaN: true }), (value) => {
        expect(rate(value, 'pps', columnScale([value, 1e6])).value).not.toMatch(/^[0.]+$/)
      }),
    ))

  test('three significant digits are right to half a unit of the last', () =>
    fc.assert(
      fc.property(fc.double({ min: 1, max: 9.99e14, noNaN: true }), (value) => {
        const { divisor } = scaleOf(value)
        expect(Math.abs(Number(rate(value, 'pps').value) * divisor - value) / value).toBeLessThanOrEqual(0.00501)
      }),
    ))
})

describe('the scale of a column', () => {
  test('is that of its largest figure', () => expect(columnScale([3, null, 2_500_000]).prefix).toBe('M'))
  test('grows at once', () => expect(columnScale([1_200_000], scaleOf(5000)).prefix).toBe('M'))
  test('stays while the largest is a tenth of its unit or more', () =>
    expect(columnScale([130_000], scaleOf(1e6)).prefix).toBe('M'))
  test('stays when everything falls silent', () => expect(columnScale([0, null], scaleOf(1e6)).prefix).toBe('M'))
  test('shrinks when the figures have become small', () => expect(columnScale([42_000], scaleOf(1e6)).prefix).toBe('k'))
  test('of nothing is the plain unit', () => expect(columnScale([]).prefix).toBe(''))
})

test('negative figures keep their sign', () => expect(threeDigits(-12.34)).toBe('−12.3'))
test('memory is in GiB', () => {
  expect(memoryText(8_200_000_000)).toBe('7.64 GiB')
  expect(memoryText(2 * 1024 ** 4)).toBe('2048 GiB')
  expect(memoryText(null)).toBe('—')
})
test('speeds have no needless digits', () => {
  expect([100, 1000, 2500, 25_000, 0, null].map(linkSpeedText)).toEqual([
    '100 Mbit/s',
    '1 Gbit/s',
    '2.5 Gbit/s',
    '25 Gbit/s',
    '—',
    '—',
  ])
})
test('utilisation is that of the busier direction', () => {
  expect(utilisation(250e6, 500e6, 1000)).toBe(0.5)
  expect(utilisation(null, 0, 1000)).toBe(0)
  expect(utilisation(1, 1, null)).toBeNull()
  expect(utilisation(null, null, 1000)).toBeNull()
  expect(percentText(0.4237)).toBe('42.4 %')
})
test('ages take the largest whole unit', () => {
  expect([-5, 4200, 185_000, 7_300_000, 5 * 86_400_000, null].map(ageText)).toEqual([
    '0 s',
    '4 s',
    '3 min',
    '2 h',
    '5 d',
    '—',
  ])
})
