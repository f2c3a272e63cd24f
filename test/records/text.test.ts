import { describe, expect, test } from 'vitest'
import { isReadable } from '../../src/records/text.ts'

describe('readable text', () => {
  test.for(['', 'plain', 'Zoë', 'naïve café', '日本語', 'привет', '🦊', '1️⃣', 'a — b'])(
    'takes %j',
    (text) => {
      expect(isReadable(text, 64)).toBe(true)
    },
  )

  test.for([
    ['a control', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['a tab', 'a\tb'],
    ['an escape', '\u001b[2J'],
    ['delete', 'a\u007f'],
    ['a C1 control', 'a\u009bb'],
    ['a soft hyphen', 'a\u00adb'],
    ['a zero-width space', 'a\u200bb'],
    ['a zero-width joiner', 'a\u200db'],
    ['a left-to-right mark', 'a\u200eb'],
    ['an Arabic letter mark', 'a\u061cb'],
    ['a line separator', 'a\u2028b'],
    ['an override', 'a\u202eb'],
    ['an isolate', 'a\u2066b'],
    ['a word joiner', 'a\u2060b'],
    ['a byte order mark', 'a\ufeffb'],
    ['a tag', 'a\u{e0041}b'],
    ['a Hangul filler', 'a\u3164b'],
    ['half a surrogate pair', 'a\ud83e'],
    ['a decomposed letter', 'e\u0301'],
  ] as const)('refuses %s', ([, text]) => {
    expect(isReadable(text, 64)).toBe(false)
  })

  test('counts code points, not units or bytes', () => {
    expect(isReadable('x'.repeat(5), 5)).toBe(true)
    expect(isReadable('x'.repeat(6), 5)).toBe(false)
    expect(isReadable('🦊'.repeat(5), 5)).toBe(true)
    expect(isReadable('🦊'.repeat(6), 5)).toBe(false)
    expect(isReadable('é'.repeat(5), 5)).toBe(true)
    expect(isReadable('é'.repeat(6), 5)).toBe(false)
  })
})
