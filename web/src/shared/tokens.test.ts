import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(resolve(import.meta.dirname, 'tokens.css'), 'utf8')

function tokens(page: string): Record<string, string> {
  const block = new RegExp(`\\.${page} \\{([^}]*)\\}`).exec(css)?.[1] ?? ''
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]))
}

/** Relative luminance as WCAG 2 defines it. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

/** Text needs 4.5, large text and graphics 3. */
const PAIRS: Record<string, [text: string, on: string, least: number][]> = {
  foyer: [
    ...['ink', 'panel', 'panel-raised'].flatMap((on): [string, string, number][] => [
      ['text', on, 7],
      ['muted', on, 4.5],
      ['old-text', on, 4.5],
    ]),
    ...['sun-power', 'sun-heat', 'rock', 'shower', 'air', 'bought', 'pool', 'light', 'snow', 'unmeasured'].flatMap(
      (colour): [string, string, number][] => [
        [colour, 'panel', 3],
        ['ink', colour, colour === 'pool' ? 3 : 4.5],
      ],
    ),
    ['text', 'fresh-panel', 4.5],
    ['fresh', 'fresh-panel', 3],
    ['old-text', 'old-panel', 4.5],
    ['old', 'old-panel', 3],
  ],
  operator: [
    ...['page', 'bar', 'panel', 'panel-raised', 'well'].flatMap((on): [string, string, number][] => [
      ['text', on, 7],
      ['muted', on, 4.5],
      ['live', on, 4.5],
      ['action', on, 4.5],
      ['equipment', on, 3],
    ]),
    ['on-action', 'action', 4.5],
    ['on-critical', 'critical', 4.5],
    ['on-minor', 'minor', 4.5],
    ['text', 'warning', 4.5],
    ['critical', 'panel', 3],
    ['warning-line', 'panel', 3],
    ['minor', 'panel', 3],
  ],
}

describe.each(Object.entries(PAIRS))('colours of the %s page', (page, pairs) => {
  const held = tokens(page)
  it.each(pairs)('%s on %s has at least %f', (text, on, least) => {
    expect(contrast(held[text] ?? '#000000', held[on] ?? '#000000')).toBeGreaterThanOrEqual(least)
  })
})

it('the measure itself is right', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})
