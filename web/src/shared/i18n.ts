/** Texts for people: bokmål is the source, English has the same keys (a test compares them). */
import en from './texts/en.json' with { type: 'json' }
import nb from './texts/nb.json' with { type: 'json' }

export type Lang = 'nb' | 'en'
export type Texts = Record<string, string>
/** What the configuration calls a thing, in both languages. */
export type Name = Record<Lang, string>

/** Fill {name} places; a place without a value is a programming error and stays visible. */
export function fill(pattern: string, values: Record<string, string | number> = {}): string {
  return pattern.replace(/\{(\w+)\}/g, (place, key: string) => String(values[key] ?? place))
}

/** A function that gives a page's own texts by key. */
export function translator<T extends Texts>(source: T, others: { en: { [K in keyof T]: string } }) {
  return (lang: Lang, key: keyof T, values?: Record<string, string | number>): string =>
    fill(lang === 'nb' ? (source[key] as string) : others.en[key], values)
}

/** The texts that both pages share. */
export const text = translator(nb, { en })
