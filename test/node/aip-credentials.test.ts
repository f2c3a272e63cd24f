import { describe, expect, test } from 'vitest'
import { didOf } from '../../src/identity/did.ts'
import { parseAipCredentials } from '../../src/node/aip-credentials.ts'
import { nativeSigner } from '../../src/node/native-crypto.ts'

const seed = new Uint8Array(32).fill(1)
const { publicKey } = nativeSigner(seed)
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** As its `save_credentials` writes it. */
const CREDENTIALS = {
  did: didOf(publicKey),
  public_key: base64(publicKey),
  private_key: base64(seed),
  platform: 'github',
  username: 'alice',
  service: 'https://aip-service.example',
  registered_at: 1_771_000_000,
}

function refusal(change: Record<string, unknown> | string): string {
  const text = typeof change === 'string' ? change : JSON.stringify({ ...CREDENTIALS, ...change })
  try {
    parseAipCredentials(text)
  } catch (error) {
    return String(error)
  }
  return 'accepted'
}

describe('credentials of the Agent Identity Protocol’s own program', () => {
  test('bring the identity along', () => {
    expect(parseAipCredentials(JSON.stringify(CREDENTIALS, undefined, 2))).toEqual({
      did: 'did:aip:34750f98bd59fcfc946da45aaabe933b',
      seed,
    })
  })

  test('may hold the private key with the public one behind it', () => {
    const both = base64(Uint8Array.from([...seed, ...publicKey]))
    const text = JSON.stringify({ ...CREDENTIALS, private_key: both })
    expect(parseAipCredentials(text).seed).toEqual(seed)
  })

  test.each([
    ['no JSON', '{', 'not JSON'],
    ['a list', '[]', 'not a JSON object'],
    ['null', 'null', 'not a JSON object'],
    ['encrypted', { format: 'aip-encrypted-v1' }, 'encrypted'],
    ['without a DID', { did: undefined }, '"did"'],
    ['with a DID of another syntax', { did: 'did:aip:test123' }, '"did"'],
    ['with a DID in capitals', { did: CREDENTIALS.did.toUpperCase() }, '"did"'],
    ['without a private key', { private_key: undefined }, '"private_key"'],
    ['with 31 bytes', { private_key: base64(seed.slice(1)) }, '"private_key"'],
    ['with 33 bytes', { private_key: base64(new Uint8Array(33)) }, '"private_key"'],
    ['with 64 other bytes', { private_key: base64(new Uint8Array(64)) }, '"private_key"'],
    ['with hex', { private_key: '01'.repeat(32) }, '"private_key"'],
    ['with URL base64', { private_key: `_${CREDENTIALS.private_key.slice(1)}` }, '"private_key"'],
    [
      'with stray bits',
      { private_key: CREDENTIALS.private_key.replace('E=', 'F=') },
      '"private_key"',
    ],
    ['without a public key', { public_key: undefined }, '"public_key"'],
    ['with a public key too short', { public_key: base64(publicKey.slice(1)) }, '"public_key"'],
    ['with another public key', { public_key: base64(seed) }, 'do not belong together'],
    ['after a rotation', { did: `did:aip:${'0'.repeat(32)}` }, 'cannot be brought along'],
  ])('are refused when they are %s, by name and without the secret', (_, change, reason) => {
    const sentence = refusal(change)
    expect(sentence).toContain(reason)
    expect(sentence).not.toContain(CREDENTIALS.private_key.slice(0, 12))
  })
})
