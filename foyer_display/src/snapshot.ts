/** The public snapshot, and what may be said from it now. Pure: no clock, no document. */
import type { Name } from '$shared/i18n'
import type { Link } from '$shared/live'

export type Quality = 'good' | 'uncertain' | 'bad'

export interface Flow {
  id: string
  direction: 'in' | 'out'
  carrier: string
  name: Name
  kw: number | null
  quality: Quality
  age_s: number | null
  today_kwh: number | null
  today_coverage: number
}

export interface Value {
  id: string
  name: Name
  value: number | null
  unit: string
  quality: Quality
  age_s: number | null
  kind?: string
}

/** The unit as people write it: a pure number has none. */
export function unitOf(value: Value): string {
  return value.unit === '1' ? '' : value.unit
}

/** Whether a value answers yes or no: a state without a unit, by its kind or, where none is told, by its name. */
export function isYesNo(value: Value): boolean {
  const state = value.kind === undefined ? /[._](raised|running|on|open)$/.test(value.id) : value.kind === 'state'
  return state && unitOf(value) === '' && (value.value === 0 || value.value === 1 || value.value === null)
}

export interface Pool {
  id: string
  name: Name
  water_c: number | null
  raised: boolean | null
}

/** What the picture shows beside the energy; null is not known. */
export interface Scene {
  sun: { altitude: number; azimuth: number; noon_altitude: number; rise_ms: number | null; set_ms: number | null }
  cloud: number | null
  precipitation_mm_h: number | null
  snow_mm: number | null
  outdoor_c: number | null
  rock_c: number | null
  open: boolean
  pools: Pool[]
}

export interface Snapshot {
  schema: 1
  site: { id: string; name: Name }
  t_ms: number
  data_t_ms: number | null
  in_kw: number | null
  out_kw: number | null
  coverage: number
  renewable_share: number | null
  flows: Flow[]
  values: Value[]
  scene?: Scene | null
}

/** The snapshot in a frame of the stream, or null while the server itself has none. */
export function snapshotIn(frame: unknown): Snapshot | null {
  const candidate = frame as Partial<Snapshot> | null
  return candidate?.schema === 1 && Array.isArray(candidate.flows) ? (candidate as Snapshot) : null
}

/** waiting: no figures yet. stale: old figures, shown as such. lost: too old to show as figures at all. */
export type Mode = 'waiting' | 'live' | 'stale' | 'lost'

const STALE_MS = 30_000
const LOST_MS = 15 * 60_000
const CLOCKS_DIFFER_MS = 60_000

/** What the page may claim: the worse of the stream's freshness and the figures' own. */
export function modeOf(link: Link, snapshot: Snapshot | null, now: number | null): Mode {
  if (snapshot === null || snapshot.data_t_ms === null || now === null) return 'waiting'
  const age = now - snapshot.data_t_ms
  if (link === 'lost' || age > LOST_MS) return 'lost'
  if (link !== 'live' || age > STALE_MS || age < -CLOCKS_DIFFER_MS) return 'stale'
  return 'live'
}

/** all: of the energy. measured: of what is measured, since some meter is missing. null: too little to say. */
export type Claim = { share: number; of: 'all' | 'measured' } | null

const ENOUGH = 0.6

export function claimOf(snapshot: Snapshot): Claim {
  const { renewable_share: share, coverage } = snapshot
  if (share === null || coverage < ENOUGH) return null
  return { share, of: coverage > 0.999 ? 'all' : 'measured' }
}

export function flowsOf(snapshot: Snapshot, direction: Flow['direction']): Flow[] {
  return snapshot.flows.filter((flow) => flow.direction === direction)
}

/** Whether every flow of a side is measured now. */
export function complete(flows: Flow[]): boolean {
  return flows.every((flow) => flow.kw !== null)
}

/** Lengths of both bars, 0..1: equal when in equals out, honestly unequal when it does not. */
export function barLengths(snapshot: Snapshot): { in: number; out: number } {
  const longest = Math.max(snapshot.in_kw ?? 0, snapshot.out_kw ?? 0)
  if (longest <= 0) return { in: 0, out: 0 }
  return { in: (snapshot.in_kw ?? 0) / longest, out: (snapshot.out_kw ?? 0) / longest }
}
