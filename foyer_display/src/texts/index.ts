/** The foyer's own texts. The wall shows bokmål large and English small, both at once. */
import { translator } from '$shared/i18n'
import en from './en.json' with { type: 'json' }
import nb from './nb.json' with { type: 'json' }

export type Key = keyof typeof nb
export const text = translator(nb, { en })
