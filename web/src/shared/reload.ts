/** When a page loads itself anew: because the server has a newer one, or nightly as a guard against slow leaks. */

const QUIET_MS = 60_000
const KEY = 'reloaded-at'

/** Remembers the build that this page came with. */
export class Build {
  #mine: string | undefined

  /** Whether the server now has another page than this one. The first answer is this page's own build. */
  changed(build: unknown): boolean {
    if (typeof build !== 'string') return false
    this.#mine ??= build
    return build !== this.#mine
  }
}

/** Load the page anew, but not twice within a minute: two servers with different builds must not make it spin. */
export function reload(storage: Storage = sessionStorage, now = Date.now(), go = () => location.reload()): boolean {
  const last = Number(storage.getItem(KEY) ?? 0)
  if (Math.abs(now - last) < QUIET_MS) return false
  storage.setItem(KEY, String(now))
  go()
  return true
}

/** Whether a page that has been open for openMs should start afresh: at four at night, at most once a night. */
export function nightly(hour: number, openMs: number): boolean {
  return hour === 4 && openMs > 2 * 3_600_000
}
