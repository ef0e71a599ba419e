/** Where energy runs in the drawing, and how much of it: from the snapshot's flows to streams of dots. Pure. */
import type { Stream } from '$shared/flow'
import { kindOf, type Kind } from '../kinds'
import type { Flow } from '../snapshot'
import type { Look } from './mood'

export const WELLS = 15
export const wellX = (i: number) => 104 + i * 33.4

/** Where the sign of each source stands in the drawing. */
export const PLACES: Partial<Record<Kind, [number, number]>> = {
  pv: [1290, 236], collector: [336, 536], rock: [336, 760], shower: [760, 836], grid: [1085, 836], air: [1400, 836],
}

/** The same on a screen that stands, where letters are larger beside the drawing. */
export const UPRIGHT: typeof PLACES = { ...PLACES, shower: [730, 832], grid: [1075, 918], air: [1410, 832] }

/** Whether a source has a place in the drawing. */
export const placed = (flow: Flow) => kindOf(flow.id) in PLACES

/** Power of all flows of a kind in a direction; 0 when none is known: what is not known does not move. */
export function power(flows: Flow[], direction: Flow['direction'], ...kinds: Kind[]): number {
  return flows
    .filter((flow) => flow.direction === direction && kinds.includes(kindOf(flow.id)))
    .reduce((sum, flow) => sum + (flow.kw ?? 0), 0)
}

export type Rock = 'charging' | 'giving' | 'resting'

export function rockOf(flows: Flow[]): Rock {
  const [in_, out] = [power(flows, 'in', 'rock'), power(flows, 'out', 'rock')]
  if (Math.max(in_, out) < 0.5) return 'resting'
  return out > in_ ? 'charging' : 'giving'
}

export function streams(flows: Flow[], look: Look): Stream[] {
  const from = (...kinds: Kind[]) => power(flows, 'in', ...kinds)
  const to = (...kinds: Kind[]) => power(flows, 'out', ...kinds)
  const { sun } = look
  const [pv, collected, rock, charged] = [from('pv'), from('collector'), from('rock'), to('rock')]
  const grey = from('shower')
  const air = from('air')
  const ray = (x: number, y: number, dx: number) =>
    sun === null ? '' : `M${(sun.x + dx).toFixed(0)} ${(sun.y + 28).toFixed(0)}L${x} ${y}`
  const list: Stream[] = [
    { id: 'ray-pv', kw: pv, colour: 'var(--sun-power)', path: ray(1130, 286, 50) },
    { id: 'ray-collector', kw: collected, colour: 'var(--sun-heat)', path: ray(560, 592, -50) },
    { id: 'pv', kw: pv, colour: 'var(--sun-power)', path: 'M1500 330V772H1096V756' },
    { id: 'grid', kw: from('grid'), colour: 'var(--bought)', path: 'M1566 604V788H1078V756' },
    { id: 'export', kw: to('grid'), colour: 'var(--sun-power)', path: 'M1078 756V788H1566V604' },
    { id: 'collector', kw: collected, colour: 'var(--sun-heat)', path: 'M96 623H604V652H620' },
    { id: 'charge', kw: charged, colour: 'var(--sun-heat)', path: 'M612 652H112' },
    { id: 'rock', kw: rock, colour: 'var(--rock)', path: 'M112 652H612V778H980V756' },
    { id: 'pump', kw: rock, colour: 'var(--rock)', path: 'M934 723H912' },
    { id: 'drain', kw: grey, colour: 'var(--shower)', path: 'M704 600V666' },
    { id: 'grey', kw: grey, colour: 'var(--shower)', path: 'M828 727H846' },
    { id: 'tap', kw: to('tap', 'shower'), colour: 'var(--shower)', path: 'M846 690H803V520H790' },
    { id: 'therapy', kw: to('pool') / 3, colour: 'var(--pool)', path: 'M866 676V654' },
    { id: 'main', kw: to('pool'), colour: 'var(--pool)', path: 'M894 680H1010V640H1030' },
    { id: 'air', kw: air, colour: 'var(--air)', path: 'M1060 360H1474V690' },
    { id: 'ducts', kw: to('fan', 'air'), colour: 'var(--air)', path: 'M1288 722H1262V668' },
    { id: 'motors', kw: to('pump', 'light', 'fan'), colour: 'var(--light)', path: 'M1114 723H1142' },
    { id: 'snow', kw: to('snow'), colour: 'var(--snow)', path: 'M850 756V790H606V623H96' },
  ]
  for (let i = 0; i < WELLS; i++) {
    const x = wellX(i)
    list.push({ id: `down-${i}`, kw: charged, colour: 'var(--sun-heat)', path: `M${x - 4} 656V850`, gap: 96 })
    list.push({ id: `up-${i}`, kw: rock, colour: 'var(--rock)', path: `M${x + 4} 850V656`, gap: 96 })
  }
  return list
}
