/** The language of the page: bokmål unless this browser chose English. */
import type { Lang } from '$shared/i18n'
import { translator } from '$shared/i18n'
import en from './texts/en.json' with { type: 'json' }
import nb from './texts/nb.json' with { type: 'json' }

const KEY = 'language'
const text = translator(nb, { en })
export type Key = keyof typeof nb

export class Language {
  lang = $state<Lang>(localStorage.getItem(KEY) === 'en' ? 'en' : 'nb')

  choose(lang: Lang): void {
    this.lang = lang
    localStorage.setItem(KEY, lang)
  }

  /** The page's own text for a key. */
  t = (key: Key, values?: Record<string, string | number>): string => text(this.lang, key, values)
}

export const language = new Language()
