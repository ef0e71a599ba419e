/** The hall as the page knows it: the lists fetched from the API, the readings kept fresh by the live stream. */
import { SvelteMap } from 'svelte/reactivity'
import { type Link, Live, ServerClock, wakeUps } from '$shared/live'
import { Build, reload } from '$shared/reload'
import { ApiError, type DeviceInfo, filling, list, type PointInfo, type PointValue } from './api'
import { entriesOf, type Reading, timeOf } from './readings'

const DEVICES_MS = 5_000
const TIMES_MS = 10_000
const AGAIN_MS = 3_000

export class Hall {
  points = $state.raw<PointInfo[]>([])
  devices = $state.raw<DeviceInfo[]>([])
  readings = new SvelteMap<string, Reading>()
  link = $state<Link>('connecting')
  /** The service's time, ms since 1970 UTC; null before it told. */
  now = $state<number | null>(null)
  /** When the last frame came, by the service's time. */
  heard = $state<number | null>(null)
  /** How far a past is written behind the live values, 0 to 1; null when none is. */
  filling = $state<number | null>(null)
  /** Why the lists could not be fetched; null when they were. */
  trouble = $state<string | null>(null)
  readonly #clock = new ServerClock()
  readonly #build = new Build()
  #again: ReturnType<typeof setTimeout> | undefined

  /** Follow the service until the returned function is called. */
  follow(): () => void {
    const live = new Live(
      { url: './api/v1/live', gapless: true },
      {
        hello: (frame) => {
          if (this.#build.changed((frame as { build?: unknown }).build)) reload()
          this.readings.clear()
          this.#take(frame)
          void this.#fetchLists()
        },
        delta: (frame) => this.#take(frame),
        beat: (frame) => this.#take(frame),
        link: (link) => {
          this.link = link
        },
      },
    )
    const forget = wakeUps(live)
    const timers = [
      setInterval(() => (this.now = this.#clock.now()), 1_000),
      setInterval(() => void this.#whileLive(() => this.#fetchDevices()), DEVICES_MS),
      setInterval(() => void this.#whileLive(() => this.#fetchTimes()), TIMES_MS),
    ]
    void this.#fetchLists()
    return () => {
      timers.forEach(clearInterval)
      clearTimeout(this.#again)
      forget()
      live.close()
    }
  }

  #take(frame: unknown): void {
    const t = timeOf(frame)
    if (t !== null) this.#clock.set(t)
    this.now = this.heard = this.#clock.now()
    for (const [id, reading] of entriesOf(frame)) this.readings.set(id, reading)
  }

  async #fetchLists(): Promise<void> {
    clearTimeout(this.#again)
    try {
      ;[this.points, this.devices] = await Promise.all([list<PointInfo>('points'), list<DeviceInfo>('devices')])
      this.trouble = null
    } catch (error) {
      this.#told(error)
      this.#again = setTimeout(() => void this.#fetchLists(), AGAIN_MS)
    }
  }

  async #fetchDevices(): Promise<void> {
    this.devices = await list<DeviceInfo>('devices')
    this.filling = await filling()
  }

  /** The stream is silent about a value that stays as it is: ask now and then when it was last read. */
  async #fetchTimes(): Promise<void> {
    for (const { point, t } of await list<PointValue>('values')) {
      const held = this.readings.get(point)
      if (held === undefined || t === null) continue
      const read = Date.parse(t)
      if (read > (held.t ?? 0)) this.readings.set(point, { ...held, t: read })
    }
  }

  async #whileLive(fetching: () => Promise<void>): Promise<void> {
    if (this.link !== 'live' || document.hidden) return
    try {
      await fetching()
      this.trouble = null
    } catch (error) {
      this.#told(error)
    }
  }

  #told(error: unknown): void {
    if (!(error instanceof ApiError)) throw error
    this.trouble = error.message
  }
}
