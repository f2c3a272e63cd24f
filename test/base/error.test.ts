import { expect, test } from 'vitest'
import { ApiError } from '../../src/api/error.ts'
import { problemOf } from '../../src/api/problem.ts'
import { AipError } from '../../src/base/error.ts'
import { CliError } from '../../src/cli/error.ts'

class WordError extends AipError<{ readonly code: 'test/word'; readonly word: string }> {
  constructor(word: string) {
    super({ code: 'test/word', word }, `There is no ${word} here.`)
  }
}

test.each([
  ['an escape sequence', '\u001B[2J', '\\u{1b}[2J'],
  ['a control of one byte', '\u009B2J', '\\u{9b}2J'],
  ['a line break', 'a\nb', 'a\\u{a}b'],
  ['an override of direction', 'a\u202Eb', 'a\\u{202e}b'],
  ['a character that is not seen', 'a\u200Bb', 'a\\u{200b}b'],
])('%s in foreign words is visible in the sentence of an error', (_what, word, shown) => {
  const error = new WordError(word)
  expect(error.message).toBe(`There is no ${shown} here.`)
  // What programs read is what came.
  expect(error.fault.word).toBe(word)
})

test('so it is in a problem document, and in the errors of commands', () => {
  const { detail } = problemOf(new ApiError({ code: 'api/field-unknown', field: 'a\u009Bb' }))
  expect(detail).toBe('There is no field "a\\u{9b}b" here.')
  const { message } = new CliError({ code: 'cli/file-unreadable', path: 'x\u001B[1A', reason: 'y' })
  expect(message).toContain('x\\u{1b}[1A')
})
