import { describe, expect, test } from 'vitest'
import { DidError } from '../../src/identity/did-error.ts'
import { didWebPlace } from '../../src/identity/did-web.ts'

describe('did:web', () => {
  test.each([
    ['w3c-ccg.github.io', 'https://w3c-ccg.github.io/.well-known/did.json'],
    ['w3c-ccg.github.io:user:alice', 'https://w3c-ccg.github.io/user/alice/did.json'],
    ['example.com%3A3000', 'https://example.com:3000/.well-known/did.json'],
    ['example.com%3a3000:user:alice', 'https://example.com:3000/user/alice/did.json'],
    ['example.com%3A443', 'https://example.com/.well-known/did.json'],
    ['example.com%3A65535', 'https://example.com:65535/.well-known/did.json'],
    ['EXAMPLE.com', 'https://example.com/.well-known/did.json'],
    ['xn--bcher-kva.example', 'https://xn--bcher-kva.example/.well-known/did.json'],
    ['example.com:a%20b', 'https://example.com/a%20b/did.json'],
    ['example.com:...', 'https://example.com/.../did.json'],
  ])('%s lies at %s', (id, url) => {
    expect(didWebPlace(id).url).toBe(url)
  })

  test.each([
    ['no host', ''],
    ['one label', 'localhost'],
    ['an IPv4 address', '127.0.0.1'],
    ['an IPv4 address in octal', '0177.0.0.01'],
    ['an IPv4 address in hexadecimal', '0x7f.0.0.0x1'],
    ['an IPv4 address as one number', '2130706433'],
    ['a short IPv4 address', '127.1'],
    ['an IPv6 address', '%5B%3A%3A1%5D'],
    ['a trailing dot', 'example.com.'],
    ['an empty label', 'example..com'],
    ['a label that ends with a hyphen', 'example-.com'],
    ['a label of 64', `${'a'.repeat(64)}.com`],
    ['a name of 254', `${'a.'.repeat(125)}comm`],
    ['credentials', 'user%40example.com'],
    ['an encoded slash in the host', 'example.com%2Fa'],
    ['a port without digits', 'example.com%3A'],
    ['port 0', 'example.com%3A0'],
    ['a port with a leading zero', 'example.com%3A0443'],
    ['a port beyond the last', 'example.com%3A65536'],
    ['an empty segment', 'example.com::a'],
    ['a segment that leads up', 'example.com:..'],
    ['one that leads up in disguise', 'example.com:%2e%2E:a'],
    ['one that leads nowhere', 'example.com:.'],
    ['an encoded slash', 'example.com:a%2Fb'],
    ['an encoded backslash', 'example.com:a%5Cb'],
    ['an encoded query', 'example.com:a%3Fb'],
    ['an encoded fragment', 'example.com:a%23b'],
    ['an encoded line end', 'example.com:a%0d%0ab'],
    ['no UTF-8', 'example.com:%ff'],
  ])('has no place with %s', (_what, id) => {
    expect(() => didWebPlace(id)).toThrow(DidError)
  })
})
