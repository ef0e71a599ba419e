/** What the picture looks like now. Pure: snapshot in, look out. What nothing tells is not drawn. */
import type { Scene } from '../snapshot'

export interface Look {
  /** 1 by day, 0 by night, between them while the sun is within six degrees of the horizon. */
  light: number
  night: boolean
  /** The sun's place in the drawing, null below the horizon. */
  sun: { x: number; y: number } | null
  /** The way of today's sun across the drawing; empty where it does not rise or set. */
  arc: string
  clouds: number
  rain: boolean
  snowing: boolean
  /** Snow lies. */
  white: boolean
  /** Below freezing. */
  frost: boolean
  open: boolean
}

export const EAST = 470
export const WEST = 1360
const HORIZON = 520
const HIGHEST = 54 // degrees: noon at midsummer, near the drawing's top
const TOP = 150

const up = (altitude: number) => HORIZON - (altitude / HIGHEST) * (HORIZON - TOP)

/** Place of a share of the day's light: the sun's height is a half sine of it, which is what the eye expects. */
function along(share: number, noon: number): { x: number; y: number } {
  return { x: EAST + share * (WEST - EAST), y: up(noon * Math.sin(Math.PI * share)) }
}

function way(noon: number): string {
  const points = Array.from({ length: 25 }, (_, k) => along(k / 24, noon))
  return points.map(({ x, y }, k) => `${k ? 'L' : 'M'}${x.toFixed(0)} ${y.toFixed(0)}`).join('')
}

export const UNKNOWN: Look = {
  light: 1, night: false, sun: null, arc: '', clouds: 0, rain: false, snowing: false, white: false, frost: false, open: true,
}

export function lookOf(scene: Scene | null | undefined, t_ms: number): Look {
  if (!scene) return UNKNOWN
  const { sun } = scene
  const light = Math.min(1, Math.max(0, (sun.altitude + 6) / 12))
  const falls = (scene.precipitation_mm_h ?? 0) >= 0.1
  const cold = scene.outdoor_c !== null && scene.outdoor_c < 0.5
  let place: { x: number; y: number } | null = null
  if (sun.altitude > -0.5) {
    const share = sun.rise_ms !== null && sun.set_ms !== null ? (t_ms - sun.rise_ms) / (sun.set_ms - sun.rise_ms) : sun.azimuth / 360
    place = { x: EAST + Math.min(1, Math.max(0, share)) * (WEST - EAST), y: up(Math.max(0, sun.altitude)) }
  }
  return {
    light,
    night: light < 0.5,
    sun: place,
    arc: sun.rise_ms !== null && light > 0.5 ? way(sun.noon_altitude) : '',
    clouds: scene.cloud === null ? 0 : Math.round(scene.cloud * 6),
    rain: falls && !cold,
    snowing: falls && cold,
    white: (scene.snow_mm ?? 0) >= 20,
    frost: scene.outdoor_c !== null && scene.outdoor_c < 0,
    open: scene.open,
  }
}

/** A colour between two, by a share from 0 to 1. */
export function between(from: string, to: string, share: number): string {
  const part = (colour: string, k: number) => Number.parseInt(colour.slice(k, k + 2), 16)
  const mixed = [1, 3, 5].map((k) => Math.round(part(from, k) + (part(to, k) - part(from, k)) * share))
  return `#${mixed.map((v) => v.toString(16).padStart(2, '0')).join('')}`
}

/** The same look each time: a small generator for stars, stones and snowflakes. */
export function scatter(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 16807) % 2147483647
    return state / 2147483647
  }
}
