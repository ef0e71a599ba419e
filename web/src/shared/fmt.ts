/** Numbers, times and ages as people read them, bokmål and English. Missing is a dash, never zero. */
import { type Lang, text } from './i18n'

export const DASH = '–'
const ZONE = 'Europe/Oslo'
const LOCALE: Record<Lang, string> = { nb: 'nb-NO', en: 'en-GB' }

const numbers = new Map<string, Intl.NumberFormat>()
const times = new Map<string, Intl.DateTimeFormat>()

export type Maybe = number | null | undefined

/** A number with fixed decimals; a dash when there is none. */
export function number(value: Maybe, decimals: number, lang: Lang): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH
  const key = `${lang}${decimals}`
  let format = numbers.get(key)
  if (!format) {
    format = new Intl.NumberFormat(LOCALE[lang], { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    numbers.set(key, format)
  }
  const rounded = Number(value.toFixed(decimals))
  return format.format(rounded === 0 ? 0 : rounded)
}

/** Power [kW] for a wall: whole numbers, one decimal below ten. */
export function power(kw: Maybe, lang: Lang): string {
  return number(kw, kw !== null && kw !== undefined && Math.abs(kw) < 9.95 && kw !== 0 ? 1 : 0, lang)
}

/** Energy [kWh] for a wall. */
export function energy(kwh: Maybe, lang: Lang): string {
  return power(kwh, lang)
}

/** A share 0..1 as whole per cent without the sign; 100 only when nothing is missing, 0 only when nothing is there. */
export function percent(share: Maybe, lang: Lang): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return DASH
  const whole = Math.round(share * 100)
  if (whole === 100 && share < 1) return number(99, 0, lang)
  if (whole === 0 && share > 0) return number(1, 0, lang)
  return number(whole, 0, lang)
}

const DECIMALS: Record<string, number> = {
  kW: 1, kvar: 1, kWh: 0, '°C': 1, K: 1, 'm³/h': 2, 'm³': 1, bar: 2, kPa: 1, Pa: 0, '%': 0, ppm: 0,
  V: 1, A: 1, Hz: 2, 'mg/l': 2, mV: 0, pH: 2, 'W/m²': 0, 'm/s': 1, m: 2, mm: 0, h: 0, s: 0,
}

/** A point's value with the decimals that its unit is read with. */
export function value(v: Maybe, unit: string, lang: Lang): string {
  if (v === null || v === undefined || !Number.isFinite(v)) return DASH
  const decimals = DECIMALS[unit] ?? (Number.isInteger(v) ? 0 : 2)
  return number(v, decimals, lang)
}

function time(key: string, options: Intl.DateTimeFormatOptions, lang: Lang): Intl.DateTimeFormat {
  let format = times.get(lang + key)
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALE[lang], { timeZone: ZONE, ...options })
    times.set(lang + key, format)
  }
  return format
}

/** 13:28 in the hall's time zone. */
export function clock(ms: number, lang: Lang): string {
  return time('clock', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, lang).format(ms)
}

/** 13:28:05 in the hall's time zone. */
export function clockWithSeconds(ms: number, lang: Lang): string {
  const options = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const
  return time('seconds', options, lang).format(ms)
}

/** torsdag 11. juni */
export function day(ms: number, lang: Lang): string {
  return time('day', { weekday: 'long', day: 'numeric', month: 'long' }, lang).format(ms)
}

/** The hour 0..23 in the hall's time zone. */
export function hour(ms: number): number {
  return Number(time('hour', { hour: '2-digit', hourCycle: 'h23' }, 'en').format(ms))
}

/** When something was, as short as the distance allows: kl. 13:28 today, else with its date. */
export function moment(ms: number, now: number, lang: Lang): string {
  const today = day(ms, lang) === day(now, lang) && Math.abs(now - ms) < 2 * 86_400_000
  if (today) return text(lang, 'time.today', { clock: clock(ms, lang) })
  const date = time('date', { day: 'numeric', month: 'long' }, lang).format(ms)
  return text(lang, 'time.onDate', { date, clock: clock(ms, lang) })
}

/** How old something is, in one unit: 3 s, 12 min, 5 t, 4 d. */
export function age(seconds: Maybe, lang: Lang): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return DASH
  const s = Math.max(0, seconds)
  if (s < 90) return text(lang, 'age.s', { n: number(Math.floor(s), 0, lang) })
  if (s < 90 * 60) return text(lang, 'age.min', { n: number(Math.floor(s / 60), 0, lang) })
  if (s < 48 * 3600) return text(lang, 'age.h', { n: number(Math.floor(s / 3600), 0, lang) })
  return text(lang, 'age.d', { n: number(Math.floor(s / 86_400), 0, lang) })
}
