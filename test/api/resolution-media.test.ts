import { describe, expect, test } from 'vitest'
import { mediaRanges } from '../../src/api/accept.ts'
import { chooseRepresentation } from '../../src/api/resolution-media.ts'

const PROFILE = 'profile="https://w3id.org/did-resolution"'

function chosen(accept: string | undefined, isDidUrl = false): string {
  const found = chooseRepresentation(accept, isDidUrl)
  return found === undefined ? 'none' : `${found.form} ${found.mediaType}`
}

describe('the form of a resolution', () => {
  test.each([
    [undefined, 'result application/json'],
    ['*/*', 'result application/json'],
    ['application/*', 'result application/json'],
    ['application/json', 'result application/json'],
    ['application/json; charset=utf-8', 'result application/json'],
    [`application/json;${PROFILE}`, 'result application/json'],
    ['application/did-resolution', 'result application/did-resolution'],
    ['APPLICATION/DID+JSON', 'bare application/did+json'],
    ['application/did+json', 'bare application/did+json'],
    ['application/did+ld+json', 'bare application/did+ld+json'],
    ['application/did', 'bare application/did'],
    ['application/ld+json', `result application/ld+json;${PROFILE}`],
    [`application/ld+json;${PROFILE}`, `result application/ld+json;${PROFILE}`],
    [`application/ld+json; ${PROFILE} ;q=0.5`, `result application/ld+json;${PROFILE}`],
    [`application/did+ld+json;${PROFILE}`, `result application/did+ld+json;${PROFILE}`],
    ['application/did-url-dereferencing', 'content application/did-url-dereferencing'],
    ['application/did+cbor', 'none'],
    ['text/html', 'none'],
    ['text/html, */*;q=0.1', 'result application/json'],
    ['application/ld+json;profile="https://example.com/"', 'none'],
    [
      'application/did+json;q=0.2, application/did-resolution;q=0.9',
      'result application/did-resolution',
    ],
    ['application/did+json;q=0.2, application/did-resolution;q=0', 'bare application/did+json'],
    ['*/*, application/json;q=0', 'result application/did-resolution'],
    ['application/json;q=2', 'none'],
    ['nonsense', 'none'],
    ['', 'none'],
  ])('for %j is %s', (accept, expected) => {
    expect(chosen(accept)).toBe(expected)
  })

  test.each([
    [undefined, 'content application/json'],
    ['application/did-url-dereferencing', 'content application/did-url-dereferencing'],
    ['application/did+json', 'bare application/did+json'],
    ['application/did-resolution', 'none'],
    ['application/ld+json', 'none'],
  ])('of a DID URL for %j is %s', (accept, expected) => {
    expect(chosen(accept, true)).toBe(expected)
  })
})

test('an Accept header is read as RFC 9110 says, and only so far', () => {
  expect(mediaRanges('a/b;q=0.1, c/d;profile="x,y;z";q=0.9, e/f')).toEqual([
    { type: 'e/f', profile: undefined, quality: 1 },
    { type: 'c/d', profile: 'x,y;z', quality: 0.9 },
    { type: 'a/b', profile: undefined, quality: 0.1 },
  ])
  expect(mediaRanges(`${'a/b,'.repeat(100)}c/d`)).toHaveLength(32)
  expect(mediaRanges('a/b;profile="open, c/d')).toHaveLength(1)
})
