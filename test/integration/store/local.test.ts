import { Key } from 'interface-datastore'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../../src/base/bytes.ts'
import {
  NOTE_LIMIT_BYTES,
  NOTES_LIMIT,
  PEER_ADDRESSES_LIMIT,
  PEERS_LIMIT,
} from '../../../src/store/local-state.ts'
import type { Note, PeerNote, Pin } from '../../../src/store/local-state.ts'
import type { StoreBatch } from '../../../src/store/store.ts'
import { all, faultOf, openStore, temporaryDirectory } from './fixture.ts'
import { DURABLE, LAZY, alice, bob, carol, vouch } from './records.ts'

function peer(number: number, lastSeenMs = number): PeerNote {
  const addresses = ['/ip4/127.0.0.1/tcp/4001']
  return { peerId: `peer-${number}`, addresses, lastSeenMs, lastGoodMs: 0 }
}

function note(number: number): Note {
  return { name: `n${number}`, bytes: new Uint8Array() }
}

function noteOf(size: number): StoreBatch {
  return { notes: { put: [{ name: 'n', bytes: new Uint8Array(size) }] } }
}

describe('local tables', () => {
  test('outlive a restart', async () => {
    const home = await temporaryDirectory()
    const pins: readonly Pin[] = [
      { did: alice.did, kind: 'trust', petname: 'alice' },
      { did: bob.did, kind: 'distrust' },
      { did: carol.did, kind: 'cap', cap: 0.5 },
    ]
    const observation = { id: 'o1', bytes: textBytes('what I saw') }
    const written = { name: 'document', bytes: textBytes('3') }
    {
      await using store = await openStore(home)
      await store.commit(
        {
          pins: { put: pins },
          forgotten: { put: [{ did: bob.did, sinceMs: 7 }] },
          privateObservations: { put: [observation] },
          peers: { put: [{ ...peer(1), did: alice.did }] },
          notes: { put: [written] },
        },
        DURABLE,
      )
    }
    const store = await openStore(home)
    const byDid = pins.toSorted((a, b) => (a.did < b.did ? -1 : 1))
    expect(await store.pins.list()).toEqual(byDid)
    expect(await store.pins.get(carol.did)).toEqual(pins[2])
    expect(await store.forgotten.list()).toEqual([{ did: bob.did, sinceMs: 7 }])
    expect(await store.privateObservations.list()).toEqual([observation])
    expect(await store.peers.list()).toEqual([{ ...peer(1), did: alice.did }])
    expect(await store.notes.get('document')).toEqual(written)
    expect(store.pins.size).toBe(3)
    expect(store.damage).toEqual([])
  })

  test('rows are replaced by their key, and deleted', async () => {
    const store = await openStore(await temporaryDirectory())
    await store.commit({ pins: { put: [{ did: bob.did, kind: 'trust' }] } }, LAZY)
    await store.commit({ pins: { put: [{ did: bob.did, kind: 'distrust' }] } }, LAZY)
    expect(await store.pins.list()).toEqual([{ did: bob.did, kind: 'distrust' }])
    await store.commit({ pins: { delete: [bob.did, alice.did] } }, LAZY)
    expect(await store.pins.list()).toEqual([])
    expect(await store.pins.get(bob.did)).toBeUndefined()
    expect(store.pins.size).toBe(0)
  })

  test('a full address book forgets whom it has not seen for longest, also after a restart', async () => {
    const home = await temporaryDirectory()
    {
      await using store = await openStore(home)
      const put = Array.from({ length: PEERS_LIMIT }, (_, number) => peer(number, 1_000 + number))
      put[7] = peer(7, 1)
      await store.commit({ peers: { put } }, LAZY)
      expect(store.peers.size).toBe(PEERS_LIMIT)
    }
    const store = await openStore(home)
    await store.commit({ peers: { put: [peer(PEERS_LIMIT, 9_999)] } }, LAZY)
    expect(store.peers.size).toBe(PEERS_LIMIT)
    expect(await store.peers.get('peer-7')).toBeUndefined()
    expect(await store.peers.get(`peer-${PEERS_LIMIT}`)).toBeDefined()
    expect(await store.peers.list()).toHaveLength(PEERS_LIMIT)
    // A newcomer is written whatever its rank.
    await store.commit({ peers: { put: [peer(PEERS_LIMIT + 1, 0)] } }, LAZY)
    expect(await store.peers.get(`peer-${PEERS_LIMIT + 1}`)).toBeDefined()
    expect(await store.peers.get('peer-0')).toBeUndefined()
  })

  test('full notes refuse one more, and nothing of its batch is written', async () => {
    const store = await openStore(await temporaryDirectory())
    const put = Array.from({ length: NOTES_LIMIT }, (_, number) => note(number))
    await store.commit({ notes: { put } }, LAZY)
    const record = vouch(alice, bob, 1)
    const batch = { put: [record], notes: { put: [note(NOTES_LIMIT)] } }
    expect(await faultOf(store.commit(batch, LAZY))).toEqual({
      code: 'store/table-full',
      table: 'notes',
      limit: NOTES_LIMIT,
    })
    expect(await store.has(record.verified.id)).toBe(false)
    await store.commit({ notes: { delete: ['n0'], put: [note(NOTES_LIMIT)] } }, LAZY)
    expect(store.failed).toBeUndefined()
  })

  test('a row is as large as its limit and no larger', async () => {
    const store = await openStore(await temporaryDirectory())
    await store.commit(noteOf(NOTE_LIMIT_BYTES), LAZY)
    expect(await faultOf(store.commit(noteOf(NOTE_LIMIT_BYTES + 512), LAZY))).toMatchObject({
      code: 'store/row-too-large',
      table: 'notes',
    })
    expect((await store.notes.get('n'))?.bytes).toHaveLength(NOTE_LIMIT_BYTES)
  })

  test('a peer keeps its best addresses, as many as are worth dialling', async () => {
    const store = await openStore(await temporaryDirectory())
    const addresses = Array.from({ length: PEER_ADDRESSES_LIMIT + 1 }, (_, at) => `/dns4/h${at}`)
    await store.commit({ peers: { put: [{ ...peer(1), addresses }] } }, LAZY)
    const kept = (await store.peers.get('peer-1'))?.addresses
    expect(kept).toEqual(addresses.slice(0, PEER_ADDRESSES_LIMIT))
  })

  test('a row of another shape is the caller’s mistake', async () => {
    const store = await openStore(await temporaryDirectory())
    const pin = { did: bob.did, kind: 'cap', cap: 1.5 } as const
    await expect(store.commit({ pins: { put: [pin] } }, LAZY)).rejects.toThrow()
    expect(await store.pins.list()).toEqual([])
  })
})

describe('libp2p’s rows', () => {
  test('live apart from the node’s, and outlive a restart', async () => {
    const home = await temporaryDirectory()
    const key = new Key('/peers/abc')
    {
      await using store = await openStore(home)
      const datastore = store.libp2pDatastore()
      await datastore.put(key, textBytes('a peer'))
      await store.commit({ put: [vouch(alice, bob, 1)] }, LAZY)
    }
    const store = await openStore(home)
    const datastore = store.libp2pDatastore()
    expect(new TextDecoder().decode(await datastore.get(key))).toBe('a peer')
    const rows = await all(toAsync(datastore.query({ prefix: '/' })))
    expect(rows.map((row) => row.key.toString())).toEqual(['/peers/abc'])
    expect(await all(store.records())).toHaveLength(1)
    expect(store.damage).toEqual([])
  })
})

async function* toAsync<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* items
}
