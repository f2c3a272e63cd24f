/**
 * Text that strangers wrote, on its way to a model. It stands in fields whose names say so, is cut, and
 * has no characters that cannot be seen; what it says is still what a stranger says.
 */

export const FOREIGN_LIMIT_CHARS = 280

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu

/** At most 280 characters, on one line; `null` stays null. */
export function foreign(text: string | null): string | null {
  if (text === null) return null
  const shown = text.slice(0, 4 * FOREIGN_LIMIT_CHARS).replaceAll(UNSEEN, '\u{FFFD}')
  const letters = Array.from(shown)
  return letters.length > FOREIGN_LIMIT_CHARS
    ? `${letters.slice(0, FOREIGN_LIMIT_CHARS).join('')}…`
    : shown
}
