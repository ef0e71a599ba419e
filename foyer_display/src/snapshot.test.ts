import { describe, expect, it } from 'vitest'
import { colours, kindOf } from './kinds'
import { barLengths, claimOf, complete, type Flow, isYesNo, modeOf, type Snapshot, snapshotIn, type Value } from './snapshot'

const NOW = 1_750_000_000_000

function flow(id: string, kw: number | null, direction: 'in' | 'out' = 'in', carrier = 'heat'): Flow {
  const name = { nb: id, en: id }
  return { id, direction, carrier, name, kw, quality: 'good', age_s: 1, today_kwh: null, today_coverage: 0 }
}

function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    schema: 1,
    site: { id: 'x', name: { nb: 'X', en: 'X' } },
    t_ms: NOW,
    data_t_ms: NOW,
    in_kw: 100,
    out_kw: 100,
    coverage: 1,
    renewable_share: 0.89,
    flows: [],
    values: [],
    ...changes,
  }
}

describe('modeOf', () => {
  it.each([
    ['live', 0, 'live'],
    ['live', 30_000, 'live'],
    ['live', 31_000, 'stale'],
    ['live', 15 * 60_000 + 1, 'lost'],
    ['stale', 1_000, 'stale'],
    ['connecting', 1_000, 'stale'],
    ['lost', 1_000, 'lost'],
    ['stale', 16 * 60_000, 'lost'],
  ] as const)('link %s with figures %i ms old is %s', (link, age, mode) => {
    expect(modeOf(link, snapshot({ data_t_ms: NOW - age }), NOW)).toBe(mode)
  })

  it('does not take figures from the future for fresh', () => {
    expect(modeOf('live', snapshot({ data_t_ms: NOW + 3_600_000 }), NOW)).toBe('stale')
    expect(modeOf('live', snapshot({ data_t_ms: NOW + 500 }), NOW)).toBe('live')
  })

  it('waits without a snapshot, without a good sample, and without the time', () => {
    expect(modeOf('live', null, NOW)).toBe('waiting')
    expect(modeOf('live', snapshot({ data_t_ms: null }), NOW)).toBe('waiting')
    expect(modeOf('live', snapshot(), null)).toBe('waiting')
  })
})

describe('claimOf', () => {
  it('speaks of all the energy only when every flow is measured', () => {
    expect(claimOf(snapshot())).toEqual({ share: 0.89, of: 'all' })
    expect(claimOf(snapshot({ coverage: 0.95 }))).toEqual({ share: 0.89, of: 'measured' })
  })

  it('says nothing when too little is measured', () => {
    expect(claimOf(snapshot({ coverage: 0.5 }))).toBeNull()
    expect(claimOf(snapshot({ renewable_share: null }))).toBeNull()
  })

  it('keeps a share of zero', () => {
    expect(claimOf(snapshot({ renewable_share: 0 }))).toEqual({ share: 0, of: 'all' })
  })
})

describe('bars', () => {
  it('are equal when in equals out, and honestly unequal when it does not', () => {
    expect(barLengths(snapshot())).toEqual({ in: 1, out: 1 })
    expect(barLengths(snapshot({ out_kw: 50 }))).toEqual({ in: 1, out: 0.5 })
    expect(barLengths(snapshot({ in_kw: null, out_kw: null }))).toEqual({ in: 0, out: 0 })
  })

  it('know when a meter is missing', () => {
    expect(complete([flow('pv', 0)])).toBe(true)
    expect(complete([flow('pv', 1), flow('air', null)])).toBe(false)
  })
})

describe('snapshotIn', () => {
  it('takes only what it knows', () => {
    expect(snapshotIn({ build: 'x', t: NOW })).toBeNull()
    expect(snapshotIn({ ...snapshot(), schema: 2 })).toBeNull()
    expect(snapshotIn(null)).toBeNull()
    expect(snapshotIn({ ...snapshot(), build: 'x', t: NOW })?.in_kw).toBe(100)
  })
})

describe('isYesNo', () => {
  const value = (changes: Partial<Value>): Value => {
    const name = { nb: '', en: '' }
    return { id: 'a.b', name, value: 1, unit: '', quality: 'good', age_s: 1, ...changes }
  }
  it('is a state without a unit', () => {
    expect(isYesNo(value({ id: 'floor_main.raised' }))).toBe(true)
    expect(isYesNo(value({ kind: 'state', unit: '1' }))).toBe(true)
    expect(isYesNo(value({ kind: 'state', value: 3 }))).toBe(false)
    expect(isYesNo(value({ id: 'people.in_today' }))).toBe(false)
    expect(isYesNo(value({ id: 'x.raised', kind: 'gauge' }))).toBe(false)
  })
})

describe('kinds', () => {
  it.each([
    ['pv', 'pv'], ['grid_import', 'grid'], ['wells', 'rock'], ['solar_heat', 'collector'], ['greywater', 'shower'],
    ['air', 'air'], ['grid_export', 'grid'], ['rock', 'rock'], ['pools', 'pool'], ['tapwater', 'tap'],
    ['tapwater_boiler', 'boiler'], ['rooms', 'room'], ['ventilation', 'fan'], ['snow', 'snow'], ['pumps', 'pump'],
    ['fans', 'fan'], ['light', 'light'], ['filters', 'pump'], ['cafe', 'cafe'], ['other', 'other'],
    ['unmeasured', 'unmeasured'],
  ])('%s is drawn as %s', (id, kind) => expect(kindOf(id)).toBe(kind))

  it('give each flow of a side a colour of its own', () => {
    const uses = ['grid_export', 'rock', 'pools', 'tapwater', 'rooms', 'ventilation', 'snow'].map((id) => flow(id, 1, 'out'))
    const electric = ['boiler', 'pumps', 'fans', 'light', 'filters', 'cafe', 'other'].map((id) =>
      flow(id, 1, 'out', 'electricity'),
    )
    const given = colours([...uses, ...electric, flow('unmeasured', 1, 'out', 'mixed')])
    expect(given.size).toBe(15)
    expect(new Set(given.values()).size).toBe(15)
  })
})
