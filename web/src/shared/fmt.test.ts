import { describe, expect, it } from 'vitest'
import { age, clock, clockWithSeconds, DASH, day, energy, hour, moment, number, percent, power, value } from './fmt'

const noon = Date.UTC(2026, 5, 11, 11, 28, 5) // 13:28:05 in Oslo, summer time

describe('numbers', () => {
  it('shows a missing number as a dash, never as zero', () => {
    for (const missing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(number(missing, 1, 'nb')).toBe(DASH)
      expect(power(missing, 'nb')).toBe(DASH)
      expect(energy(missing, 'nb')).toBe(DASH)
      expect(percent(missing, 'nb')).toBe(DASH)
      expect(value(missing, 'kW', 'nb')).toBe(DASH)
    }
  })

  it('writes decimals and thousands as each language does', () => {
    expect(number(12345.678, 1, 'nb')).toBe('12\u00a0345,7')
    expect(number(12345.678, 1, 'en')).toBe('12,345.7')
    expect(number(-9.5, 1, 'nb')).toBe('−9,5')
  })

  it('writes no minus before a zero', () => {
    expect(number(-0.02, 1, 'nb')).toBe('0,0')
    expect(number(-0, 0, 'nb')).toBe('0')
  })

  it.each([
    [0, '0'],
    [0.43, '0,4'],
    [9.94, '9,9'],
    [9.96, '10'],
    [298.1, '298'],
    [1240.2, '1\u00a0240'],
  ])('power %f is %s', (kw, shown) => expect(power(kw, 'nb')).toBe(shown))

  it('never rounds a share up to all or down to none', () => {
    expect(percent(0.886, 'nb')).toBe('89')
    expect(percent(0.999, 'nb')).toBe('99')
    expect(percent(1, 'nb')).toBe('100')
    expect(percent(0.001, 'nb')).toBe('1')
    expect(percent(0, 'nb')).toBe('0')
  })

  it('reads each unit with its own decimals', () => {
    expect(value(28.14, '°C', 'nb')).toBe('28,1')
    expect(value(1.2345, 'bar', 'nb')).toBe('1,23')
    expect(value(412, '', 'nb')).toBe('412')
    expect(value(0.126, '', 'nb')).toBe('0,13')
    expect(value(1234.56, 'kWh', 'en')).toBe('1,235')
  })
})

describe('times', () => {
  it('are those of the hall, wherever the screen thinks it is', () => {
    expect(clock(noon, 'nb')).toBe('13:28')
    expect(clockWithSeconds(noon, 'nb')).toBe('13:28:05')
    expect(day(noon, 'nb')).toBe('torsdag 11. juni')
    expect(hour(noon)).toBe(13)
    expect(hour(Date.UTC(2026, 0, 1, 23))).toBe(0)
  })

  it('say the date when it is another day', () => {
    expect(moment(noon, noon + 60_000, 'nb')).toBe('kl. 13:28')
    expect(moment(noon, noon + 60_000, 'en')).toBe('at 13:28')
    expect(moment(noon, noon + 86_400_000, 'nb')).toBe('11. juni kl. 13:28')
    expect(moment(noon, noon + 365 * 86_400_000, 'nb')).toBe('11. juni kl. 13:28')
  })

  it.each([
    [0, '0 s'],
    [89.9, '89 s'],
    [90, '1 min'],
    [5399, '89 min'],
    [5400, '1 t'],
    [172_799, '47 t'],
    [172_800, '2 d'],
    [-3, '0 s'],
    [null, DASH],
  ])('age %s is %s', (seconds, shown) => expect(age(seconds, 'nb')).toBe(shown))
})
