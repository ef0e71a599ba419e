/**
 * One live stream (server-sent events) with its own watchdog.
 *
 * A half-open connection looks alive to EventSource for ever, so freshness is counted from the last frame that came:
 * live -> stale (nothing for staleMs) -> lost (nothing for lostMs). The heart-beat must be a named event, since
 * comments are invisible here. Whatever happens, it keeps trying: every gap, silence or refusal opens anew.
 */
export type Link = 'connecting' | 'live' | 'stale' | 'lost'

export interface Listener {
  /** Everything, after each opening. */
  hello(data: unknown): void
  /** What changed since the last frame. */
  delta(data: unknown): void
  /** A heart-beat's content; it says at least that the server turns. */
  beat?(data: unknown): void
  link(link: Link): void
}

export interface LiveOptions {
  url: string
  /** Frames carry changes only: a missing id means missing values, so open anew for a full hello. */
  gapless?: boolean
  staleMs?: number
  lostMs?: number
  open?: (url: string) => EventSource
  random?: () => number
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 8_000
const TICK_MS = 500
const CLOSED = 2

export class Live {
  link: Link = 'connecting'
  readonly #options: Required<LiveOptions>
  readonly #listener: Listener
  readonly #ticker: ReturnType<typeof setInterval>
  #source: EventSource | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #retryMs = FIRST_RETRY_MS
  #seen = performance.now()
  #opened = 0
  #id: number | undefined

  constructor(options: LiveOptions, listener: Listener) {
    const defaults = { gapless: false, staleMs: 5_000, lostMs: 15 * 60_000, random: Math.random }
    this.#options = { ...defaults, open: (url) => new EventSource(url), ...options }
    this.#listener = listener
    this.#ticker = setInterval(() => this.tick(), TICK_MS)
    this.#open()
  }

  /** Milliseconds since the last frame, or since the start when none came. */
  silence(): number {
    return performance.now() - this.#seen
  }

  /** Look at the clock now: call it when the page wakes up. */
  tick(): void {
    const silence = this.silence()
    if (silence > this.#options.lostMs) this.#set('lost')
    else if (silence > this.#options.staleMs) this.#set('stale')
    const waited = performance.now() - this.#opened
    if (Math.min(silence, waited) > this.#options.staleMs) this.#reopen()
  }

  /** Try at once, for instance when the network is back. */
  reopen(): void {
    this.#retryMs = FIRST_RETRY_MS
    this.#open()
  }

  close(): void {
    clearInterval(this.#ticker)
    clearTimeout(this.#retry)
    this.#source?.close()
  }

  #open(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#source?.close()
    this.#opened = performance.now()
    const source = this.#options.open(this.#options.url)
    this.#source = source
    source.addEventListener('hello', (event) => {
      this.#id = frameId(event)
      this.#take(event, (data) => this.#listener.hello(data))
    })
    source.addEventListener('d', (event) => {
      if (this.#follows(event, true)) this.#take(event, (data) => this.#listener.delta(data))
    })
    source.addEventListener('hb', (event) => {
      if (this.#follows(event, false)) this.#take(event, (data) => this.#listener.beat?.(data))
    })
    source.onerror = () => {
      if (source.readyState === CLOSED) this.#reopen()
    }
  }

  /** Whether no frame is missing before this one; opens anew when one is. A heart-beat may have no id of its own. */
  #follows(event: MessageEvent, counted: boolean): boolean {
    const id = frameId(event)
    const last = this.#id
    if (id !== undefined) this.#id = id
    if (!this.#options.gapless) return true
    if (last !== undefined && id !== undefined && (id === last + 1 || (!counted && id === last))) return true
    this.#reopen()
    return false
  }

  #take(event: MessageEvent, use: (data: unknown) => void): void {
    let data: unknown
    try {
      data = JSON.parse(event.data as string)
    } catch {
      this.#reopen()
      return
    }
    this.#seen = performance.now()
    this.#retryMs = FIRST_RETRY_MS
    use(data)
    this.#set('live')
  }

  #reopen(): void {
    this.#source?.close()
    if (this.#retry !== undefined) return
    this.#retry = setTimeout(() => this.#open(), this.#retryMs * (0.75 + this.#options.random() / 2))
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
  }

  #set(link: Link): void {
    if (link === this.link) return
    this.link = link
    this.#listener.link(link)
  }
}

function frameId(event: MessageEvent): number | undefined {
  return event.lastEventId === '' ? undefined : Number(event.lastEventId)
}

/** The server's time, carried on by this machine's steady clock: a wrong wall clock here cannot fake freshness. */
export class ServerClock {
  #offset: number | undefined

  /** The server says that it is t (ms since 1970 UTC) now. */
  set(t: number): void {
    this.#offset = t - performance.now()
  }

  /** Milliseconds since 1970 UTC, or null before the server has said so. */
  now(): number | null {
    return this.#offset === undefined ? null : this.#offset + performance.now()
  }
}

/** Call the listeners that a page needs to notice that it woke up or came back on the net. Returns the undo. */
export function wakeUps(live: Live): () => void {
  const online = () => live.reopen()
  const visible = () => {
    if (!document.hidden) live.tick()
  }
  addEventListener('online', online)
  document.addEventListener('visibilitychange', visible)
  return () => {
    removeEventListener('online', online)
    document.removeEventListener('visibilitychange', visible)
  }
}
