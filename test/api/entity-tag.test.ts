import { describe, expect, test } from 'vitest'
import { entityTag, isNamed } from '../../src/api/entity-tag.ts'

const at = (asOf: string, score: number): string => JSON.stringify({ asOf, score })

function said(statement: string): string {
  return entityTag(JSON.stringify({ statement }))
}

describe('the tag of an answer', () => {
  test('does not change with the moment', () => {
    expect(entityTag(at('2026-11-23T18:00:00Z', 0.4))).toBe(
      entityTag(at('2026-11-24T18:00:00Z', 0.4)),
    )
  })

  test('changes with what is said', () => {
    expect(entityTag(at('2026-11-23T18:00:00Z', 0.4))).not.toBe(
      entityTag(at('2026-11-23T18:00:00Z', 0.5)),
    )
  })

  test('is not misled by a text that looks like a moment', () => {
    expect(said('"asOf":"1"')).not.toBe(said('"asOf":"2"'))
  })

  test('is weak', () => {
    expect(entityTag('{}')).toMatch(/^W\/"[\w-]{16}"$/)
  })
})

describe('If-None-Match', () => {
  const tag = 'W/"abc"'
  test.each([
    ['the tag', tag, true],
    ['the same as a strong tag', '"abc"', true],
    ['a list with it', '"x", W/"abc"', true],
    ['anything', '*', true],
    ['another', 'W/"abd"', false],
    ['nothing', undefined, false],
  ])('that names %s', (_what, header, answer) => {
    expect(isNamed(header, tag)).toBe(answer)
  })
})
