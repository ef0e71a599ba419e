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
  pv: 'sun-power', collector: 'sun-heat', snow: 'sun-heat', rock: 'rock', room: 'rock', shower: 'shower', tap: 'shower',
  air: 'air', fan: 'air', grid: 'bought', pool: 'pool', light: 'light', pump: 'light', boiler: 'bought',
  unmeasured: 'unmeasured',
}
const ALL = ['sun-power', 'sun-heat', 'rock', 'shower', 'air', 'bought', 'pool', 'light']

/** A colour token for each flow of one side: its own where it is free, no colour twice while there are enough. */
export function colours(flows: Flow[]): Map<string, string> {
  const chosen = new Map<string, string>()
  const free = new Set(ALL)
  const give = (flow: Flow, colour: string) => {
    chosen.set(flow.id, `var(--${colour})`)
    free.delete(colour)
  }
  for (const flow of flows) {
    const own = COLOURS[kindOf(flow.id)]
    if (own === 'unmeasured' || (own && free.has(own))) give(flow, own)
  }
  for (const flow of flows) {
    if (!chosen.has(flow.id)) give(flow, [...free][0] ?? 'unmeasured')
  }
  return chosen
}
