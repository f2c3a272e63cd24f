import { describe, expect, test } from 'vitest'
import { identifierOf } from '../../src/api/identifier.ts'
import { DidError } from '../../src/identity/did-error.ts'

const PREFIX = '/1.0/identifiers/'
const DID = 'did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2'

describe('the identifier in a path', () => {
  test.each([
    [DID, DID, undefined],
    [`${DID}?noCache=true`, DID, undefined],
    [encodeURIComponent(DID), DID, undefined],
    [`${DID}%23k0.0`, DID, 'k0.0'],
    [encodeURIComponent(`${DID}#k0.0`), DID, 'k0.0'],
    ['did:web:example.com%3A8443:a', 'did:web:example.com%3A8443:a', undefined],
    ['did%3Aweb%3Aexample.com%253A8443', 'did:web:example.com%3A8443', undefined],
    ['did%3aweb%3aexample.com', 'did:web:example.com', undefined],
  ])('%s is %s', (text, did, fragment) => {
    expect(identifierOf(PREFIX + text, PREFIX)).toMatchObject({ did, fragment })
  })

  test.each([
    ['', 'did/invalid'],
    ['hello', 'did/invalid'],
    ['did:aip', 'did/invalid'],
    ['did%3Aaip%3A%ff', 'did/invalid'],
    [`${DID}/../status`, 'did/feature-unsupported'],
    [`${DID}/path`, 'did/feature-unsupported'],
    [encodeURIComponent(`${DID}?x=1`), 'did/feature-unsupported'],
    [`${DID}?service=card`, 'did/feature-unsupported'],
    [`${DID}?relativeRef=a`, 'did/feature-unsupported'],
    [`${DID}?versionId=1`, 'did/feature-unsupported'],
    [`${DID}?versionTime=1`, 'did/feature-unsupported'],
    [`${DID}?hl=1`, 'did/feature-unsupported'],
    [encodeURIComponent(`${DID}#a#b`), 'did/url-invalid'],
  ])('%j is refused with %s', (text, code) => {
    let found = 'accepted'
    try {
      identifierOf(PREFIX + text, PREFIX)
    } catch (error) {
      if (!(error instanceof DidError)) throw error
      found = error.fault.code
    }
    expect(found).toBe(code)
  })
})
