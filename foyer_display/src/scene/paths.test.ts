import { describe, expect, it } from 'vitest'
import type { Flow } from '../snapshot'
import { lookOf } from './mood'
import { placed, power, rockOf, streams } from './paths'

const flow = (id: string, direction: 'in' | 'out', kw: number | null): Flow => ({
  id, direction, kw, carrier: 'heat', name: { nb: id, en: id }, quality: 'good', age_s: 1, today_kwh: null, today_coverage: 0,
})
const DAY = lookOf(undefined, 0)
const running = (flows: Flow[]) => new Set(streams(flows, DAY).filter((stream) => stream.kw > 0).map((stream) => stream.id))

describe('energy in the picture', () => {
  it('runs down the wells while they are charged and up while they give', () => {
    const summer = [flow('wells', 'in', 0), flow('rock', 'out', 90)]
    const winter = [flow('wells', 'in', 60), flow('rock', 'out', 0)]
    expect(rockOf(summer)).toBe('charging')
    expect(running(summer)).toContain('down-3')
    expect(running(summer)).not.toContain('up-3')
    expect(rockOf(winter)).toBe('giving')
    expect(running(winter)).toContain('up-3')
    expect(running(winter)).toContain('pump')
    expect(rockOf([flow('wells', 'in', 0)])).toBe('resting')
  })

  it('does not move what is not known', () => {
    expect(power([flow('pv', 'in', null), flow('pv_wall', 'in', 4)], 'in', 'pv')).toBe(4)
    expect(running([flow('pv', 'in', null)]).size).toBe(0)
  })

  it('runs out to the grid when the sun gives more than the hall takes', () => {
    expect(running([flow('grid_export', 'out', 12)])).toEqual(new Set(['export']))
    expect(running([flow('grid_import', 'in', 12)])).toEqual(new Set(['grid']))
  })

  it('has a place for every source of the hall, and tells the others in a list', () => {
    for (const id of ['pv', 'grid_import', 'wells', 'solar_heat', 'greywater', 'air']) {
      expect(placed(flow(id, 'in', 1))).toBe(true)
    }
    expect(placed(flow('boiler', 'in', 1))).toBe(false)
    expect(placed(flow('unmeasured', 'in', 1))).toBe(false)
  })
})
