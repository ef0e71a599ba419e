import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fill } from './i18n'

const root = resolve(import.meta.dirname, '../../..')
const sets = { shared: 'web/src/shared', foyer: 'foyer_display/src', dashboard: 'dashboard/src' }

function read(folder: string, lang: string): Record<string, string> {
  return JSON.parse(readFileSync(resolve(root, folder, `texts/${lang}.json`), 'utf8'))
}

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()

function sources(folder: string): string {
  const names = readdirSync(resolve(root, folder), { recursive: true, encoding: 'utf8' })
  const code = names.filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts'))
  return code.map((name) => readFileSync(resolve(root, folder, name), 'utf8')).join('\n')
}

describe.each(Object.entries(sets))('texts of %s', (_, folder) => {
  const nb = read(folder, 'nb')
  const en = read(folder, 'en')

  it('have the same keys in both languages', () => {
    expect(Object.keys(nb).length).toBeGreaterThan(3)
    expect(Object.keys(en).sort()).toEqual(Object.keys(nb).sort())
  })

  it('have something in every one, with the same places to fill', () => {
    for (const [key, text] of Object.entries(nb)) {
      expect(text.trim(), key).not.toBe('')
      expect(en[key]?.trim(), key).not.toBe('')
      expect(places(en[key] ?? ''), key).toEqual(places(text))
    }
  })

  it('are all used', () => {
    const code = sources(folder)
    const unused = Object.keys(nb).filter((key) => {
      const stem = key.replace(/\.[^.]+$/, '.')
      return !code.includes(`'${key}'`) && !code.includes(`"${key}"`) && !code.includes(`\`${stem}\${`)
    })
    expect(unused).toEqual([])
  })
})

describe('fill', () => {
  it('fills places and leaves what it was not given', () => {
    expect(fill('{a} og {b}', { a: 1 })).toBe('1 og {b}')
  })
})
