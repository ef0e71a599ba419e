/** The live stream's entries, and what is normal among them. Pure. */
import type { Name } from '$shared/i18n'
import type { DeviceInfo, PointInfo } from './api'

export type Grade = 'good' | 'uncertain' | 'bad'

export interface Reading {
  value: number | string | null
  grade: Grade
  /** Time of the sample, ms since 1970 UTC; null if it was never read. */
  t: number | null
  reasons: string[]
}

const GRADES: Grade[] = ['good', 'uncertain', 'bad']
export const NEVER_READ: Reading = { value: null, grade: 'bad', t: null, reasons: [] }

/** An entry [value, 0|1|2, time, reasons?]; what cannot be understood is bad, never good. */
export function reading(entry: unknown): Reading {
  if (!Array.isArray(entry)) return NEVER_READ
  const [value, grade, t, reasons] = entry as unknown[]
  const known = typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) ? value : null
  const told = typeof grade === 'number' ? GRADES[grade] : GRADES.find((word) => word === grade)
  return {
    value: known,
    grade: told === undefined || (told === 'good' && known === null) ? 'bad' : told,
    t: typeof t === 'number' ? t : null,
    reasons: Array.isArray(reasons) ? reasons.filter((word): word is string => typeof word === 'string') : [],
  }
}

/** The points of a frame, as pairs. */
export function entriesOf(frame: unknown): [string, Reading][] {
  const { v } = frame as { v?: Record<string, unknown> }
  return Object.entries(v ?? {}).map(([id, entry]) => [id, reading(entry)])
}

/** The frame's time, ms since 1970 UTC. */
export function timeOf(frame: unknown): number | null {
  const { t_ms: t } = frame as { t_ms?: unknown }
  return typeof t === 'number' ? t : null
}

export type Counts = Record<Grade, number>

export function count(readings: Iterable<Reading>): Counts {
  const counts: Counts = { good: 0, uncertain: 0, bad: 0 }
  for (const { grade } of readings) counts[grade]++
  return counts
}

/** Points by device, in the order of the point list. */
export function perDevice(points: PointInfo[]): Map<string, PointInfo[]> {
  const found = new Map<string, PointInfo[]>()
  for (const point of points) found.set(point.device, [...(found.get(point.device) ?? []), point])
  return found
}

/** The mark of a device: bad when it does not answer or has a bad point. */
export function gradeOf(device: DeviceInfo, { bad, uncertain }: Counts): Grade {
  if (device.state === 'down' || bad > 0) return 'bad'
  return device.state === 'connecting' || uncertain > 0 ? 'uncertain' : 'good'
}

/** Devices that need somebody first, each kind in the order of the point list. */
export function worstFirst(devices: DeviceInfo[], counts: (device: DeviceInfo) => Counts): DeviceInfo[] {
  const rank = (device: DeviceInfo) => {
    if (device.state !== 'up') return device.state === 'down' ? 0 : 1
    const { bad, uncertain } = counts(device)
    if (bad > 0) return 2
    return uncertain > 0 ? 3 : 4
  }
  return devices
    .map((device, i) => ({ device, i, rank: rank(device) }))
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .map(({ device }) => device)
}

/** Whether every word asked for stands somewhere in a point's or its device's names. */
export function matches(wanted: string, point: PointInfo, device: { name: Name } | undefined): boolean {
  const words = wanted.toLocaleLowerCase('nb').split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const names = [point.id, point.tfm, point.name.nb, point.name.en, point.unit, device?.name.nb, device?.name.en]
  const text = names.join('\n').toLocaleLowerCase('nb')
  return words.every((word) => text.includes(word))
}
