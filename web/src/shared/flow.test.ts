import { describe, expect, it } from 'vitest'
import { looks, STEPS_PER_S, timing } from './flow'

describe('dots', () => {
  it('grow and hurry with the power, up to what is calm', () => {
    const some = [1, 10, 60, 200].map(looks)
    for (const key of ['radius', 'speed'] as const) {
      const sizes = some.map((look) => look[key])
      expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b))
    }
    expect(looks(5000)).toEqual({ radius: 9, speed: 92 })
  })

  it('look the same for powers that are nearly the same', () => {
    expect(looks(58)).toEqual(looks(58.7))
  })

  it('all change place on one grid', () => {
    for (const [length, speed, gap] of [[700, 74, 30], [33, 40, 30], [1234.5, 92, 96]] as const) {
      const { duration, delays } = timing(length, speed, gap)
      const steps = (ms: number) => (ms * STEPS_PER_S) / 1000
      for (const time of [duration, ...delays]) expect(steps(time)).toBeCloseTo(Math.round(steps(time)), 6)
      expect(delays.length).toBe(Math.max(1, Math.round(length / gap)))
      expect(Math.min(...delays)).toBeGreaterThan(-duration)
    }
  })
})
