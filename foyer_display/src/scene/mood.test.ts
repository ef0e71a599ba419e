import { describe, expect, it } from 'vitest'
import type { Scene } from '../snapshot'
import { between, EAST, lookOf, UNKNOWN, WEST } from './mood'

const NOON = Date.UTC(2026, 5, 11, 11)
const HOUR = 3_600_000
const JUNE: Scene = {
  sun: { altitude: 53, azimuth: 180, noon_altitude: 53, rise_ms: NOON - 9 * HOUR, set_ms: NOON + 9 * HOUR },
  cloud: 0, precipitation_mm_h: 0, snow_mm: 0, outdoor_c: 21, rock_c: 8, open: true, pools: [],
}
const at = (altitude: number, change: Partial<Scene> = {}): Scene => ({ ...JUNE, sun: { ...JUNE.sun, altitude }, ...change })

describe('the look of the picture', () => {
  it('has the sun in the middle at noon, east in the morning, and none at night', () => {
    expect(lookOf(JUNE, NOON).sun?.x).toBeCloseTo((EAST + WEST) / 2, 0)
    expect(lookOf(at(20), NOON - 6 * HOUR).sun?.x).toBeLessThan(EAST + 200)
    expect(lookOf(at(-12), NOON + 12 * HOUR)).toMatchObject({ sun: null, night: true, light: 0, arc: '' })
  })

  it('has a higher sun the higher it stands', () => {
    const high = lookOf(at(53), NOON).sun
    const low = lookOf(at(8), NOON).sun
    expect(high && low && high.y < low.y).toBe(true)
  })

  it('grows dark while the sun goes down', () => {
    const light = [10, 3, 0, -3, -10].map((altitude) => lookOf(at(altitude), NOON).light)
    expect(light).toEqual([...light].sort((a, b) => b - a))
    expect(light[0]).toBe(1)
    expect(light[4]).toBe(0)
  })

  it('draws as many clouds as the sky keeps back, and none by guess', () => {
    expect(lookOf(at(40, { cloud: 0 }), NOON).clouds).toBe(0)
    expect(lookOf(at(40, { cloud: 1 }), NOON).clouds).toBe(6)
    expect(lookOf(at(40, { cloud: null }), NOON).clouds).toBe(0)
  })

  it('snows in the cold, rains in the mild, and is white when snow lies', () => {
    expect(lookOf(at(5, { precipitation_mm_h: 1, outdoor_c: -3 }), NOON)).toMatchObject({ snowing: true, rain: false, frost: true })
    expect(lookOf(at(5, { precipitation_mm_h: 1, outdoor_c: 7 }), NOON)).toMatchObject({ snowing: false, rain: true })
    expect(lookOf(at(5, { snow_mm: 90 }), NOON).white).toBe(true)
    expect(lookOf(at(5, { snow_mm: null, precipitation_mm_h: null, outdoor_c: null }), NOON)).toMatchObject({ white: false, rain: false, snowing: false, frost: false })
  })

  it('shows a plain day when nothing tells', () => {
    expect(lookOf(undefined, NOON)).toEqual(UNKNOWN)
  })
})

it('a colour lies between two', () => {
  expect(between('#000000', '#ffffff', 0)).toBe('#000000')
  expect(between('#000000', '#ff8000', 0.5)).toBe('#804000')
})
