import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Did } from '../../src/identity/did.ts'
import type { IdentityState } from '../../src/identity/state.ts'
import { Confirmations } from '../../src/node/confirmations.ts'
import { ASK_SETTLE_MS } from '../../src/node/use/asking-around.ts'
import { lookUp, type Resolver } from '../../src/node/use/resolving.ts'
import { didNumber } from '../support/evidence.ts'
import { stateOf, type Way } from '../support/identity.ts'

const plain: Way = { inception: 0, recoveries: [], end: undefined, rotations: [], salt: undefined }
const state = stateOf(plain)

/** A node whose peers answer after so many milliseconds, with the log, or never. */
function node(answersMs: readonly (number | 'never')[]): Resolver {
  const held = new Map<Did, IdentityState>()
  const askIdentity = async (peer: string): Promise<{ kind: 'taken' }> => {
    const afterMs = answersMs[Number(peer)]
    if (typeof afterMs !== 'number') return new Promise(() => {})
    await new Promise((next) => setTimeout(next, afterMs))
    held.set(state.did, state)
    return { kind: 'taken' }
  }
  const connected = answersMs.map((_, at) => ({ peerId: String(at) }))
  const mesh = {
    neighbours: { connected, known: [] },
    askIdentity,
    askAll: () => Promise.reject(new Error('not asked here')),
    directory: { resolveIdentity: () => Promise.resolve(undefined) },
  } as unknown as NonNullable<Resolver['mesh']>
  const writer = { putIdentity: () => Promise.resolve('known' as const) }
  return {
    did: didNumber(0),
    identities: { get: (did) => held.get(did) },
    writer,
    mesh,
    confirmations: new Confirmations(),
    questions: new Map(),
    clock: () => Date.now(),
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('asking the connected peers', () => {
  test.for([
    ['waits a while for the others after the first', [50, 'never', 'never'], 50 + ASK_SETTLE_MS],
    ['waits no longer than the last of them takes', [50, 700], 700],
  ] as const)('%s', async ([, answersMs, tookMs]) => {
    let found: string | undefined
    const looking = lookUp(node(answersMs), state.did).then(({ source }) => {
      found = source
      return source
    })
    await vi.advanceTimersByTimeAsync(tookMs - 1)
    expect(found).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await looking).toBe('peer')
  })
})
