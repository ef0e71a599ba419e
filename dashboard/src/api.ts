/** What the operator API answers, as far as this page reads it. */
import type { Name } from '$shared/i18n'

export interface PointInfo {
  id: string
  device: string
  name: Name
  tfm: string
  unit: string
  kind: 'gauge' | 'counter' | 'state' | 'setpoint'
}

export interface DeviceInfo {
  id: string
  name: Name
  tfm: string
  protocol: string
  address: string
  unit: number
  state: 'connecting' | 'up' | 'down'
  since: string
  last_good: string | null
  error: string | null
}

export interface PointValue {
  point: string
  t: string | null
}

/** An answer that was no answer: the service's own words where it gave any. */
export class ApiError extends Error {}

/** GET a list below /api/v1; ApiError when it cannot be had. */
export async function list<T>(path: string): Promise<T[]> {
  let answer: Response
  try {
    answer = await fetch(`./api/v1/${path}`, { headers: { Accept: 'application/json' } })
  } catch {
    throw new ApiError('')
  }
  const body: unknown = await answer.json().catch(() => null)
  if (!answer.ok || !Array.isArray(body)) throw new ApiError((body as { detail?: string } | null)?.detail ?? '')
  return body as T[]
}

interface Ready {
  checks?: { name: string; progress: number | null }[]
}

/** How far a past is written behind the live values, from 0 to 1; null when none is, or when that cannot be had. */
export async function filling(): Promise<number | null> {
  try {
    const ready = (await (await fetch('./healthz/ready')).json()) as Ready
    return ready.checks?.find((check) => check.name === 'history')?.progress ?? null
  } catch {
    return null
  }
}
