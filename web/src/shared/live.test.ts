import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Live, type Link, type LiveOptions, ServerClock } from './live'

class FakeSource {
  static all: FakeSource[] = []
  readyState = 0
  onerror: (() => void) | null = null
  readonly #listeners = new Map<string, (event: MessageEvent) => void>()

  constructor(readonly url: string) {
    FakeSource.all.push(this)
  }
  addEventListener(name: string, listener: (event: MessageEvent) => void): void {
    this.#listeners.set(name, listener)
  }
  close(): void {
    this.readyState = 2
  }
  send(name: string, data: unknown, id: number | '' = ''): void {
    if (this.readyState === 2) return
    const text = typeof data === 'string' ? data : JSON.stringify(data)
    this.#listeners.get(name)?.({ data: text, lastEventId: String(id) } as MessageEvent)
  }
  refuse(): void {
    this.readyState = 2
    this.onerror?.()
  }
  static get newest(): FakeSource {
    return FakeSource.all.at(-1) as FakeSource
  }
}

describe('Live', () => {
  let heard: [string, unknown][]
  let links: Link[]
  let live: Live | undefined

  function start(options: Partial<LiveOptions> = {}): Live {
    live = new Live(
      { url: '/s', random: () => 0.5, open: (url) => new FakeSource(url) as unknown as EventSource, ...options },
      {
        hello: (data) => heard.push(['hello', data]),
        delta: (data) => heard.push(['d', data]),
        beat: (data) => heard.push(['hb', data]),
        link: (link) => links.push(link),
      },
    )
    return live
  }

  beforeEach(() => {
    vi.useFakeTimers()
    FakeSource.all = []
    heard = []
    links = []
  })
  afterEach(() => {
    live?.close()
    vi.useRealTimers()
  })

  it('is live from the first frame and stays so on heart-beats alone', () => {
    const stream = start()
    expect(stream.link).toBe('connecting')
    FakeSource.newest.send('hello', { a: 1 }, 1)
    for (let i = 0; i < 30; i++) {
      vi.advanceTimersByTime(2_000)
      FakeSource.newest.send('hb', {})
    }
    expect(links).toEqual(['live'])
    expect(FakeSource.all).toHaveLength(1)
  })

  it('goes stale on silence although the connection looks open, and lost when it lasts', () => {
    start()
    FakeSource.newest.send('hello', {}, 1)
    vi.advanceTimersByTime(4_900)
    expect(links).toEqual(['live'])
    vi.advanceTimersByTime(1_000)
    expect(links).toEqual(['live', 'stale'])
    vi.advanceTimersByTime(15 * 60_000)
    expect(links).toEqual(['live', 'stale', 'lost'])
  })

  it('goes stale when nothing ever came', () => {
    start()
    vi.advanceTimersByTime(6_000)
    expect(links).toEqual(['stale'])
  })

  it('opens anew while it is silent, never more often than every few seconds, and heals', () => {
    start()
    FakeSource.newest.send('hello', {}, 1)
    vi.advanceTimersByTime(60_000)
    expect(FakeSource.all.length).toBeGreaterThan(3)
    expect(FakeSource.all.length).toBeLessThan(15)
    while (FakeSource.newest.readyState === 2) vi.advanceTimersByTime(500)
    FakeSource.newest.send('hello', {}, 7)
    expect(links).toEqual(['live', 'stale', 'live'])
  })

  it('still tries after an hour of refusals, every eight seconds or so', () => {
    start()
    for (let i = 0; i < 3_600; i++) {
      FakeSource.newest.refuse()
      vi.advanceTimersByTime(1_000)
    }
    const tries = FakeSource.all.length
    expect(tries).toBeGreaterThan(3_600 / 12)
    expect(tries).toBeLessThan(3_600 / 6)
  })

  it('opens anew when a frame of changes is missing', () => {
    start({ gapless: true })
    FakeSource.newest.send('hello', { all: true }, 10)
    FakeSource.newest.send('d', { n: 11 }, 11)
    FakeSource.newest.send('hb', {}, 11)
    FakeSource.newest.send('d', { n: 13 }, 13)
    expect(heard.map(([name]) => name)).toEqual(['hello', 'd', 'hb'])
    vi.advanceTimersByTime(1_000)
    expect(FakeSource.all).toHaveLength(2)
    FakeSource.newest.send('hello', { all: true }, 13)
    FakeSource.newest.send('d', { n: 14 }, 14)
    expect(heard.slice(-2).map(([name]) => name)).toEqual(['hello', 'd'])
  })

  it('takes heart-beats that are counted and such that are not', () => {
    start({ gapless: true })
    FakeSource.newest.send('hello', {}, 1)
    FakeSource.newest.send('hb', {}, 2)
    FakeSource.newest.send('hb', {}, 2)
    FakeSource.newest.send('d', {}, 3)
    expect(heard).toHaveLength(4)
    expect(FakeSource.all).toHaveLength(1)
  })

  it('never patches the same change twice', () => {
    start({ gapless: true })
    FakeSource.newest.send('hello', {}, 5)
    FakeSource.newest.send('d', {}, 5)
    expect(heard.map(([name]) => name)).toEqual(['hello'])
  })

  it('skipping frames is no gap when each frame holds everything', () => {
    start()
    FakeSource.newest.send('hello', {}, 1)
    FakeSource.newest.send('d', {}, 9)
    expect(heard).toHaveLength(2)
  })

  it('opens anew on a frame that is not JSON', () => {
    start()
    FakeSource.newest.send('hello', '{"half', 1)
    expect(heard).toEqual([])
    vi.advanceTimersByTime(1_000)
    expect(FakeSource.all).toHaveLength(2)
  })

  it('stops when closed', () => {
    start().close()
    vi.advanceTimersByTime(60_000)
    expect(FakeSource.all).toHaveLength(1)
  })
})

describe('ServerClock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('knows no time before the server told it', () => {
    expect(new ServerClock().now()).toBeNull()
  })

  it('carries the server time on by the steady clock, whatever the wall clock here says', () => {
    vi.setSystemTime(new Date('2001-01-01'))
    const clock = new ServerClock()
    clock.set(1_750_000_000_000)
    vi.advanceTimersByTime(3_000)
    vi.setSystemTime(new Date('2099-01-01'))
    expect(clock.now()).toBeCloseTo(1_750_000_003_000, -2)
  })
})
