import { beforeEach, describe, expect, test } from 'vitest'
import { didOf, type Did } from '../../src/identity/did.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { Confirmations } from '../../src/node/confirmations.ts'
import { askAround, type Askable, type AskingNode } from '../../src/node/use/asking-around.ts'
import { peerIdOfKey } from '../../src/p2p/peer-id.ts'
import { alice, publicKeyOf } from '../support/identity.ts'

const NOW_MS = 1_000_000
const STATE = IdentityState.of(alice())
const DID = STATE.did
const OWN_NODE = peerIdOfKey(publicKeyOf('alice'))
/** Peers that hold the value, whether the DHT does, and who was asked, in order. */
let holders = new Set<string>()
let dht: 'holds' | 'holds nothing' | 'breaks' = 'holds nothing'
let asked: string[] = []
let stored = 0

beforeEach(() => {
  holders = new Set()
  dht = 'holds nothing'
  asked = []
  stored = 0
})

function meshOf(
  connected: readonly string[],
  known: readonly { peerId: string; did?: Did }[],
): Askable {
  return {
    neighbours: {
      connected: connected.map((peerId) => ({
        peerId,
        address: '',
        direction: peerId.startsWith('dialled') ? ('outbound' as const) : ('inbound' as const),
        connectedSinceMs: 0,
        latencyMs: undefined,
        carried: undefined,
      })),
      known: known.map((note) => ({ addresses: [], lastSeenMs: 0, lastGoodMs: 0, ...note })),
    },
    askIdentity: async (peer) => {
      asked.push(peer)
      if (peer.startsWith('broken')) throw new Error('it broke')
      return holders.has(peer) ? { kind: 'taken', fresh: false } : undefined
    },
    askAll: async () => Promise.reject(new Error('nobody is asked for records here')),
    directory: {
      resolveIdentity: async () => {
        asked.push('DHT')
        if (dht === 'breaks') throw new Error('the DHT broke')
        const withValue = dht === 'holds' ? 1 : 0
        return withValue === 0 ? undefined : { state: STATE, answered: 3, withValue, agreed: 1 }
      },
    },
  }
}

function nodeOf(
  mesh: Askable | undefined,
  isHeld = false,
): AskingNode & { confirmations: Confirmations } {
  return {
    identities: { get: () => (isHeld ? STATE : undefined) },
    writer: {
      putIdentity: async () => {
        stored++
        return 'changed'
      },
    },
    mesh,
    confirmations: new Confirmations(),
    questions: new Map(),
    clock: () => NOW_MS,
  }
}

describe('asking around', () => {
  test('asks connected peers, six at most, and nobody else when one knows', async () => {
    const peers = Array.from({ length: 8 }, (_, at) => `peer ${at}`)
    holders.add('peer 5')
    const node = nodeOf(meshOf(peers, []))
    expect(await askAround(node, DID)).toEqual({ source: 'peer', peersAsked: 6 })
    expect(asked).toEqual(peers.slice(0, 6))
    expect(node.confirmations.confirmedAtMs(DID)).toBe(NOW_MS)
  })

  test('asks those that it dialled before those that dialled it', async () => {
    const crowd = Array.from({ length: 20 }, (_, at) => `peer ${at}`)
    holders.add('dialled')
    const node = nodeOf(meshOf([...crowd, 'dialled'], []))
    expect(await askAround(node, DID)).toEqual({ source: 'peer', peersAsked: 6 })
    expect(asked).toEqual(['dialled', ...crowd.slice(0, 5)])
  })

  test('asks the own node of the agent first when it is connected', async () => {
    const node = nodeOf(meshOf(['peer', OWN_NODE], []), true)
    await askAround(node, DID)
    expect(asked.slice(0, 2)).toEqual([OWN_NODE, 'peer'])
  })

  test('hears the others when one peer breaks', async () => {
    holders.add('peer')
    const node = nodeOf(meshOf(['broken', 'peer'], []))
    expect(await askAround(node, DID)).toMatchObject({ source: 'peer' })
  })

  test('asks the DHT when no peer knows, and keeps what it says', async () => {
    dht = 'holds'
    const node = nodeOf(meshOf(['peer'], []))
    expect(await askAround(node, DID)).toEqual({ source: 'dht', peersAsked: 4 })
    expect(asked).toEqual(['peer', 'DHT'])
    expect(stored).toBe(1)
  })

  test.each(['holds nothing', 'breaks'] as const)(
    'asks the own node of the agent last, when the DHT %s',
    async (state) => {
      dht = state
      holders.add(OWN_NODE)
      const node = nodeOf(meshOf(['peer'], []), true)
      expect(await askAround(node, DID)).toEqual({ source: 'subject', peersAsked: 2 })
      expect(asked).toEqual(['peer', 'DHT', OWN_NODE])
    },
  )

  test('finds the own node of an agent that is new here by its invite', async () => {
    holders.add('invited')
    const other = didOf(publicKeyOf('bob'))
    const known = [
      { peerId: 'invited', did: DID },
      { peerId: 'other', did: other },
      { peerId: 'x' },
    ]
    const node = nodeOf(meshOf([], known))
    expect(await askAround(node, DID)).toMatchObject({ source: 'subject' })
    expect(asked).toEqual(['DHT', 'invited'])
  })

  test('says why when nobody answers, and notes that it asked', async () => {
    dht = 'breaks'
    const node = nodeOf(meshOf(['peer'], []))
    expect(await askAround(node, DID)).toMatchObject({
      source: undefined,
      peersAsked: 1,
      cause: { message: 'the DHT broke' },
    })
    expect(node.confirmations.confirmedAtMs(DID)).toBeUndefined()
    expect(node.confirmations.isDue(DID, NOW_MS)).toBe(false)
  })

  test('asks once for all who ask at the same time, and anew for the next', async () => {
    holders.add('peer')
    const node = nodeOf(meshOf(['peer'], []))
    const answers = await Promise.all([1, 2, 3].map(async () => askAround(node, DID)))
    expect(new Set(answers)).toEqual(new Set([{ source: 'peer', peersAsked: 1 }]))
    expect(asked).toEqual(['peer'])
    expect(node.questions.size).toBe(0)
    await askAround(node, DID)
    expect(asked).toEqual(['peer', 'peer'])
  })

  test('goes on when the one who asked waits no longer, for the next one', async () => {
    holders.add('peer')
    const node = nodeOf(meshOf(['peer'], []))
    expect(await askAround(node, DID, AbortSignal.abort())).toMatchObject({ source: undefined })
    expect(node.confirmations.isDue(DID, NOW_MS)).toBe(true)
    expect(await askAround(node, DID)).toMatchObject({ source: 'peer' })
    expect(asked).toEqual(['peer'])
    expect(node.confirmations.confirmedAtMs(DID)).toBe(NOW_MS)
  })

  test('asks nobody where there is nobody', async () => {
    const node = nodeOf(undefined)
    expect(await askAround(node, DID)).toMatchObject({ source: undefined, peersAsked: 0 })
    expect(asked).toEqual([])
  })
})
