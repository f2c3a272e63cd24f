/**
 * Text that strangers wrote and people or models will read.
 *
 * In Unicode normalization form C, so that one text has one spelling; without controls, without what
 * turns the direction of writing, and without what has no width, so that what is seen is what was
 * signed. Line breaks are controls too. Specification: docs/spec/records.md, "Text".
 */

/** Nothing to normalize or to hide: one byte, one character, one column. */
const PLAIN = /^[\x20-\x7e]*$/

/**
 * Ranges of code points, listed and not asked of the runtime's Unicode tables: those differ between
 * releases, and all nodes must agree.
 */
const HIDDEN_RANGES: readonly string[] = [
  '\\u{0}-\\u{1f}', // C0 controls
  '\\u{7f}-\\u{9f}', // delete, C1 controls
  '\\u{ad}', // soft hyphen
  '\\u{34f}', // combining grapheme joiner
  '\\u{61c}', // Arabic letter mark
  '\\u{115f}-\\u{1160}', // Hangul fillers
  '\\u{17b4}-\\u{17b5}', // Khmer inherent vowels
  '\\u{180b}-\\u{180f}', // Mongolian variation selectors, vowel separator
  '\\u{200b}-\\u{200f}', // zero-width spaces and joiners, directional marks
  '\\u{2028}-\\u{202e}', // line and paragraph separators, embeddings, overrides
  '\\u{2060}-\\u{206f}', // word joiner, invisible operators, isolates
  '\\u{3164}', // Hangul filler
  '\\u{feff}', // byte order mark
  '\\u{ffa0}', // halfwidth Hangul filler
  '\\u{fff0}-\\u{fffb}', // interlinear annotation
  '\\u{1bca0}-\\u{1bca3}', // shorthand format controls
  '\\u{1d173}-\\u{1d17a}', // musical format controls
  '\\u{e0000}-\\u{e0fff}', // tags, supplementary variation selectors
]
const HIDDEN = new RegExp(`[${HIDDEN_RANGES.join('')}]`, 'u')

/** Whether `text` is readable text of at most `limitChars` code points. */
export function isReadable(text: string, limitChars: number): boolean {
  if (PLAIN.test(text)) return text.length <= limitChars
  // Two code units make at most one code point: longer texts are not worth counting.
  if (text.length > 2 * limitChars) return false
  return (
    text.isWellFormed() &&
    codePointCount(text) <= limitChars &&
    !HIDDEN.test(text) &&
    text.normalize('NFC') === text
  )
}

function codePointCount(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
