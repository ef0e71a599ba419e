import { describe, expect, it } from 'vitest'
import { Build, nightly, reload } from './reload'

function storage(): Storage {
  const held = new Map<string, string>()
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
  } as Storage
}

describe('Build', () => {
  it('takes the first answer as its own, and sees another', () => {
    const build = new Build()
    expect(build.changed('a')).toBe(false)
    expect(build.changed('a')).toBe(false)
    expect(build.changed('b')).toBe(true)
  })

  it('is not moved by an answer without a build', () => {
    const build = new Build()
    expect(build.changed(undefined)).toBe(false)
    expect(build.changed('a')).toBe(false)
  })
})

describe('reload', () => {
  it('goes once, and not again within a minute', () => {
    const held = storage()
    let gone = 0
    const go = () => void gone++
    expect(reload(held, 1_000_000, go)).toBe(true)
    expect(reload(held, 1_030_000, go)).toBe(false)
    expect(reload(held, 1_070_000, go)).toBe(true)
    expect(gone).toBe(2)
  })

  it('goes although the wall clock here was set back', () => {
    const held = storage()
    reload(held, 2_000_000_000_000, () => undefined)
    expect(reload(held, 1_000_000_000_000, () => undefined)).toBe(true)
  })
})

describe('nightly', () => {
  it('is at four, for a page that has been open a while', () => {
    expect(nightly(4, 3 * 3_600_000)).toBe(true)
    expect(nightly(4, 60_000)).toBe(false)
    expect(nightly(5, 30 * 3_600_000)).toBe(false)
  })
})
