import { describe, expect, it } from 'vitest'
import type { DeviceInfo, PointInfo } from './api'
import { type Counts, count, entriesOf, gradeOf, matches, NEVER_READ, perDevice, reading, timeOf, worstFirst } from './readings'

const name = { nb: 'Varmepumpe brønner', en: 'Well heat pump' }

function device(id: string, state: DeviceInfo['state']): DeviceInfo {
  const rest = { tfm: '=320', protocol: 'modbus', address: 'a:1', unit: 1, since: '', last_good: null, error: null }
  return { id, name, state, ...rest }
}

function point(id: string, nb: string): PointInfo {
  const owner = id.split('.')[0] as string
  return { id, device: owner, name: { nb, en: 'Supply temperature' }, tfm: '=320.001-RT401', unit: '°C', kind: 'gauge' }
}

describe('reading', () => {
  it('takes value, grade, time and reasons', () => {
    expect(reading([45.25, 0, 1000])).toEqual({ value: 45.25, grade: 'good', t: 1000, reasons: [] })
    expect(reading([null, 2, 1000, ['comm', 'stale']])).toEqual({
      value: null,
      grade: 'bad',
      t: 1000,
      reasons: ['comm', 'stale'],
    })
    expect(reading(['EM340', 0, 5]).value).toBe('EM340')
    expect(reading([1, 'uncertain', 5]).grade).toBe('uncertain')
  })

  it('never takes what it cannot understand for good', () => {
    for (const entry of [null, undefined, 7, {}, [], [1], [1, 3, 5], [1, 'fine', 5], [null, 0, 5], [Number.NaN, 0, 5]]) {
      expect(reading(entry).grade, JSON.stringify(entry)).toBe('bad')
    }
  })
})

describe('frames', () => {
  it('hold entries and a time, or nothing', () => {
    expect(entriesOf({ v: { 'a.b': [1, 0, 2] } })).toEqual([['a.b', { value: 1, grade: 'good', t: 2, reasons: [] }]])
    expect(entriesOf({})).toEqual([])
    expect(timeOf({ t_ms: 5 })).toBe(5)
    expect(timeOf({})).toBeNull()
  })
})

describe('worstFirst', () => {
  it('puts first what needs somebody, and keeps the order of the list among equals', () => {
    const devices = [device('a', 'up'), device('b', 'connecting'), device('c', 'up'), device('d', 'down'), device('e', 'up')]
    const none: Counts = { good: 1, uncertain: 0, bad: 0 }
    const counts: Record<string, Counts> = { c: { ...none, uncertain: 1 }, e: { ...none, bad: 1 } }
    expect(worstFirst(devices, ({ id }) => counts[id] ?? none).map(({ id }) => id)).toEqual(['d', 'b', 'e', 'c', 'a'])
  })
})

describe('gradeOf', () => {
  it.each([
    ['up', 0, 0, 'good'],
    ['up', 1, 0, 'bad'],
    ['up', 0, 1, 'uncertain'],
    ['connecting', 0, 0, 'uncertain'],
    ['down', 0, 0, 'bad'],
  ] as const)('%s with %i bad and %i uncertain points is %s', (state, bad, uncertain, grade) => {
    expect(gradeOf(device('a', state), { good: 3, bad, uncertain })).toBe(grade)
  })
})

describe('matches', () => {
  const turning = point('vp1.supply_t', 'Turtemperatur')
  it.each([
    ['', true],
    ['tur', true],
    ['TUR brønner', true],
    ['rt401', true],
    ['heat pump supply', true],
    ['vp1.supply', true],
    ['°c', true],
    ['turtemperatur solfanger', false],
    ['retur', false],
  ])('%s: %s', (wanted, expected) => expect(matches(wanted, turning, { name })).toBe(expected))
})

describe('lists', () => {
  it('count what is good and what is not', () => {
    expect(count([reading([1, 0, 1]), reading([1, 1, 1]), NEVER_READ])).toEqual({ good: 1, uncertain: 1, bad: 1 })
  })

  it('group points by device in order', () => {
    const grouped = perDevice([point('a.x', ''), point('b.x', ''), point('a.y', '')])
    expect([...grouped].map(([id, points]) => [id, points.map((p) => p.id)])).toEqual([
      ['a', ['a.x', 'a.y']],
      ['b', ['b.x']],
    ])
  })
})
