/** What a flow is, by the words in its id: gives its colour, its icon and its place in the picture. */
import type { Flow } from './snapshot'

export type Kind =
  | 'pv' | 'collector' | 'rock' | 'shower' | 'air' | 'grid' | 'boiler' | 'tap'
  | 'pool' | 'room' | 'snow' | 'light' | 'fan' | 'pump' | 'cafe' | 'unmeasured' | 'other'

const WORDS: [Kind, RegExp][] = [
  ['unmeasured', /unmeasured|rest|unaccounted/],
  ['snow', /snow|melt/],
  ['pv', /pv|solar_power|inverter/],
  ['rock', /well|rock|ground|brine/],
  ['collector', /collector|pavement|asphalt|sol\d?$|solar/],
  ['shower', /grey|shower|drain/],
  ['air', /air|ahu|dehum/],
  ['fan', /fan|vent/],
  ['grid', /grid|bought|import|export|sold|el_main/],
  ['boiler', /boiler/],
  ['tap', /tap|dhw|hot_water/],
  ['cafe', /cafe|sauna/],
  ['light', /light/],
  ['pump', /pump|filter|building|electric/],
  ['pool', /pool|basin|therapy/],
  ['room', /space|floor|room|heating/],
]

export function kindOf(id: string): Kind {
  return WORDS.find(([, words]) => words.test(id))?.[0] ?? 'other'
}

const COLOURS: Partial<Record<Kind, string>> = {
  pv: 'sun-power', collector: 'sun-heat', rock: 'rock', shower: 'shower', tap: 'shower', air: 'air', fan: 'air',
  grid: 'bought', boiler: 'bought', pool: 'pool', room: 'sun-heat', snow: 'snow', unmeasured: 'unmeasured',
}
const SHADES = ['0%', '22%', '40%', '54%', '12%', '32%', '48%']

/** A colour for each flow of one side. What only uses electricity shares one hue in several shades. */
export function colours(flows: Flow[]): Map<string, string> {
  const chosen = new Map<string, string>()
  const used = new Map<string, number>()
  for (const flow of flows) {
    const kind = kindOf(flow.id)
    const appliance = flow.direction === 'out' && flow.carrier === 'electricity' && kind !== 'grid'
    const hue = appliance ? 'light' : (COLOURS[kind] ?? 'light')
    const n = used.get(hue) ?? 0
    used.set(hue, n + 1)
    const shade = SHADES[n % SHADES.length]
    chosen.set(flow.id, n === 0 ? `var(--${hue})` : `color-mix(in oklab, var(--${hue}), var(--ink) ${shade})`)
  }
  return chosen
}
