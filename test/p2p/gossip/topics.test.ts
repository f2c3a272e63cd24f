import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didFromBytes } from '../../../src/identity/did.ts'
import { SHARD_BITS_LIMIT, allTopics, shardOfDid, topicOf } from '../../../src/p2p/gossip/topics.ts'

const did = didFromBytes(Uint8Array.from({ length: 16 }, (_, at) => (at === 0 ? 0xab : 0xcd)))

describe('shards', () => {
  test('are the first bits of the DID', () => {
    expect([0, 1, 4, 8, 12].map((bits) => shardOfDid(did, bits))).toEqual([0, 1, 0xa, 0xab, 0xabc])
  })

  test('are all on the list of topics, whatever the DID', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 6 }),
        (bytes, shardBits) => {
          const network = { name: 'local', shardBits }
          const topics = allTopics(network).map(({ topic }) => topic)
          const shard = shardOfDid(didFromBytes(bytes), shardBits)
          expect(topics).toContain(topicOf(network, 'records', shard))
          expect(topics).toContain(topicOf(network, 'identities', shard))
          expect(new Set(topics).size).toBe(2 ** (shardBits + 1))
        },
      ),
    )
  })

  test('have a number of bits within limits, and a number within those bits', () => {
    expect(() => shardOfDid(did, SHARD_BITS_LIMIT + 1)).toThrow(RangeError)
    expect(() => allTopics({ name: 'local', shardBits: -1 })).toThrow(RangeError)
    expect(() => topicOf({ name: 'local', shardBits: 1 }, 'records', 2)).toThrow(RangeError)
    expect(shardOfDid(did, SHARD_BITS_LIMIT)).toBe(0xabc)
  })
})

describe('topics', () => {
  test('name network, kind, shard and version', () => {
    expect(topicOf({ name: 'local', shardBits: 0 }, 'records', 0)).toBe('/aip/local/records/0/1')
    expect(topicOf({ name: 'main', shardBits: 4 }, 'identities', 10)).toBe(
      '/aip/main/identities/a/1',
    )
    expect(topicOf({ name: 'main', shardBits: 5 }, 'records', 3)).toBe('/aip/main/records/03/1')
  })
})
