import { describe, expect, test } from 'vitest'
import { DidError } from '../../src/identity/did-error.ts'
import {
  DID_URL_LIMIT_CHARS,
  isAnyDid,
  isDidUrl,
  parseDidUrl,
  selectFragment,
} from '../../src/identity/did-url.ts'

function codeOf(text: string): string {
  try {
    parseDidUrl(text)
    return 'accepted'
  } catch (error) {
    if (error instanceof DidError) return error.fault.code
    throw error
  }
}

describe('a DID URL', () => {
  test('comes apart into its parts', () => {
    expect(parseDidUrl('did:example:a:b%3A1/p/q?x=1#k0.0')).toEqual({
      did: 'did:example:a:b%3A1',
      method: 'example',
      id: 'a:b%3A1',
      path: '/p/q',
      query: 'x=1',
      fragment: 'k0.0',
    })
    expect(parseDidUrl('did:example:a')).toMatchObject({
      path: '',
      query: undefined,
      fragment: undefined,
    })
    expect(parseDidUrl('did:example:a?#')).toMatchObject({ query: '', fragment: '' })
  })

  test.each([
    'did_example:a',
    'DID:example:a',
    'did:Example:a',
    'did::a',
    'did:example:',
    'did:example:a:',
    'did:example:a b',
    'did:example:a%zz',
    'did:example:ä',
    'hello',
    '',
  ])('refuses %j as no DID', (text) => {
    expect(codeOf(text)).toBe('did/invalid')
    expect(isAnyDid(text)).toBe(false)
  })

  test.each(['did:example:a/b c', 'did:example:a#k#k', 'did:example:a?x=ä', 'did:example:a#%z'])(
    'refuses %j as no DID URL',
    (text) => {
      expect(codeOf(text)).toBe('did/url-invalid')
      expect(isDidUrl(text)).toBe(false)
    },
  )

  test('is as long as the limit says, and no longer', () => {
    const most = `did:example:${'a'.repeat(DID_URL_LIMIT_CHARS - 'did:example:'.length)}`
    expect([isAnyDid(most), isDidUrl(most), codeOf(most)]).toEqual([true, true, 'accepted'])
    const more = `${most}a`
    expect([isAnyDid(more), isDidUrl(more), codeOf(more)]).toEqual([false, false, 'did/invalid'])
    expect(() => parseDidUrl(more)).toThrow(String(DID_URL_LIMIT_CHARS))
  })

  test('is bounded, and refused in no time', () => {
    const longest = `did:example:${'a'.repeat(DID_URL_LIMIT_CHARS - 12)}`
    expect(codeOf(longest)).toBe('accepted')
    expect(codeOf(`${longest}a`)).toBe('did/invalid')
    const startMs = performance.now()
    for (const part of [':', '%41', '/', '?', 'a:']) {
      codeOf(`did:a:${part.repeat(300)}\n`)
    }
    expect(performance.now() - startMs).toBeLessThan(500)
  })
})

test('a fragment names a verification method or a service, absolute or relative', () => {
  const key = { id: 'did:example:a#k', type: 'Multikey' }
  const embedded = { id: '#x', type: 'Multikey' }
  const service = { id: 'did:example:a#card', type: 'AgentCard' }
  const document = {
    id: 'did:example:a',
    verificationMethod: [key],
    authentication: ['did:example:a#k'],
    keyAgreement: [embedded],
    service: [service],
  }
  const select = (fragment: string): unknown => selectFragment(document, 'did:example:a', fragment)
  expect(select('k')).toBe(key)
  expect(select('x')).toBe(embedded)
  expect(select('card')).toBe(service)
  for (const fragment of ['', 'K', 'other']) {
    expect(() => select(fragment)).toThrow(expect.objectContaining({ name: 'DidError' }))
  }
})
