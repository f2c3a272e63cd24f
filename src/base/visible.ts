/**
 * Foreign text made harmless for whoever reads it: what could move a cursor, reorder or hide text is
 * shown by its number. Every sentence of an error and everything that commands print passes through
 * here, so no author of either can forget.
 */
const HARMFUL =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u{fe00}-\u{fe0f}\u{115f}\u{1160}\u{3164}\u{ffa0}]|[\u{e0100}-\u{e01ef}]/gu

/** On one line: line breaks and tabs are shown too. */
export function visibleText(text: string): string {
  return text.replaceAll(
    HARMFUL,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** JSON of the same value with no such character in its bytes. On one line. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(HARMFUL, (character) =>
    Array.from({ length: character.length }, (_, at) => {
      return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
    }).join(''),
  )
}
