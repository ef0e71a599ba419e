/**
 * Dots that run along a path. All of them change place on one grid of 15 steps a second, so that the screen is put
 * together once a step and not once a dot: a seventh of the work of a moving dash, and smooth to the eye.
 */
export const STEPS_PER_S = 15
const STEP_MS = 1000 / STEPS_PER_S

export interface Stream {
  id: string
  path: string
  kw: number
  colour: string
  /** Distance between two dots; a narrow pipe has few. */
  gap?: number
}

/** Radius and speed [units/s] of a power: both grow with its root, and are the same for powers that look the same. */
export function looks(kw: number): { radius: number; speed: number } {
  const level = Math.round(2 * Math.log2(Math.max(kw, 0.5)))
  const root = Math.sqrt(2 ** (level / 2))
  return { radius: Math.min(9, 3 + 0.5 * root), speed: Math.min(92, 40 + 4 * root) }
}

/** How long a dot takes along a length, and the delay of each of its dots: whole steps, so that all share the grid. */
export function timing(length: number, speed: number, gap: number): { duration: number; delays: number[] } {
  const steps = Math.max(2, Math.round((length / speed) * STEPS_PER_S))
  const count = Math.max(1, Math.round(length / gap))
  const delays = Array.from({ length: count }, (_, k) => -Math.round((steps * k) / count) * STEP_MS)
  return { duration: steps * STEP_MS, delays }
}

/** Places along a path, at most 14 units apart, from its first end to its last. */
export function places(path: SVGPathElement): { x: number; y: number }[] {
  const length = path.getTotalLength()
  const steps = Math.max(2, Math.round(length / 14))
  return Array.from({ length: steps + 1 }, (_, k) => path.getPointAtLength((length * k) / steps))
}

/** Streams of dots in an element; only those that begin, end or look different are made anew. */
export class Dots {
  private readonly drawn = new Map<string, { key: string; dots: HTMLElement[] }>()
  private readonly path = document.createElementNS('http://www.w3.org/2000/svg', 'path')

  constructor(private readonly host: HTMLElement) {}

  show(streams: Stream[], still: boolean): void {
    const running = streams.filter((stream) => stream.kw > 0.05 && stream.path !== '')
    const wanted = new Set(running.map((stream) => stream.id))
    for (const id of [...this.drawn.keys()]) if (!wanted.has(id)) this.remove(id)
    for (const stream of running) {
      const { radius, speed } = looks(stream.kw)
      const key = [stream.path, stream.colour, stream.gap, radius, speed, still].join()
      if (this.drawn.get(stream.id)?.key === key) continue
      this.remove(stream.id)
      this.drawn.set(stream.id, { key, dots: this.make(stream, radius, speed, still) })
    }
  }

  clear(): void {
    this.show([], true)
  }

  private remove(id: string): void {
    for (const dot of this.drawn.get(id)?.dots ?? []) {
      for (const animation of dot.getAnimations()) animation.cancel()
      dot.remove()
    }
    this.drawn.delete(id)
  }

  private make(stream: Stream, radius: number, speed: number, still: boolean): HTMLElement[] {
    this.path.setAttribute('d', stream.path)
    const { duration, delays } = timing(this.path.getTotalLength(), speed, stream.gap ?? 30)
    const frames = places(this.path).map(({ x, y }) => ({
      transform: `translate(${(x - radius).toFixed(1)}px,${(y - radius).toFixed(1)}px)`,
    }))
    const easing = `steps(${Math.round(duration / STEP_MS)})`
    return delays.map((delay) => {
      const dot = document.createElement('div')
      dot.className = 'dot'
      dot.dataset.stream = stream.id
      Object.assign(dot.style, { width: `${2 * radius}px`, height: `${2 * radius}px`, background: stream.colour })
      this.host.append(dot)
      const animation = dot.animate(frames, { duration, iterations: Infinity, delay, easing })
      if (still) animation.pause()
      return dot
    })
  }
}
