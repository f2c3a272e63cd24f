import { describe, expect, test } from 'vitest'
import { toHex } from '../../src/base/bytes.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { branchToRemember, forkOf, viewedState, type ForkViewer } from '../../src/node/use/forks.ts'
import type { Pin } from '../../src/store/local-state.ts'
import { alice, keyNamed, logOf, type Way } from '../support/identity.ts'
import { faultOf } from './fault.ts'

const plain: Way = { inception: 0, recoveries: [], end: undefined, rotations: [], salt: undefined }
const bob = alice({ genesis: keyNamed('bob') })

/** Sees no vouches; with these logs pinned as they were known. */
function viewer(pin: Partial<Pin> = {}, own: KeyLog = bob): ForkViewer {
  const { did } = logOf(plain)
  return {
    did: own.did,
    identity: { log: own },
    notes: { named: new Map([[did, { did, ...pin }]]) },
    evidence: { get: () => undefined, about: () => new Set() },
    outlook: { paths: () => Promise.resolve([]) },
  }
}

function known(log: KeyLog): Pick<Pin, 'inception' | 'head'> {
  return { inception: log.inceptionHex, head: toHex(log.head) }
}

function forkOfWays(first: Way, second: Way): IdentityState {
  return IdentityState.of(logOf(first)).join(IdentityState.of(logOf(second)))
}

describe('a pin settles a later fork', () => {
  const inceptions = forkOfWays(
    { ...plain, rotations: [0] },
    { ...plain, inception: 1, rotations: [1] },
  )
  const rotations = forkOfWays({ ...plain, rotations: [0, 0] }, { ...plain, rotations: [1] })

  test.for([
    ['of inceptions, by the inception', inceptions, plain, 0],
    [
      'of inceptions, though the log was recovered since',
      forkOfWays({ ...plain, recoveries: [0] }, { ...plain, inception: 1 }),
      { ...plain, rotations: [0] },
      0,
    ],
    ['of inceptions, by the other one', inceptions, { ...plain, inception: 1 }, 1],
    [
      'of rotations, by an entry that one branch alone has',
      rotations,
      { ...plain, rotations: [1] },
      undefined,
    ],
  ] as const)('%s', async ([, state, way, inception]) => {
    const fork = await forkOf(viewer(known(logOf(way))), state)
    expect(fork?.because).toBe('pin')
    if (inception !== undefined) {
      expect(fork?.branch?.inceptionHex).toBe(logOf({ ...plain, inception }).inceptionHex)
    } else {
      expect(fork?.branch?.head).toEqual(logOf(way).head)
    }
    expect(fork?.other).toHaveLength(1)
    expect(fork?.other[0]).not.toBe(fork?.branch)
  })

  test('not one that parts after what was known, and not one of strangers to it', async () => {
    for (const pin of [known(logOf(plain)), {}, known(bob)]) {
      const fork = await forkOf(viewer(pin), rotations)
      expect(fork).toMatchObject({
        at: 'rotations',
        branch: undefined,
        because: 'unsettled',
        by: [],
      })
      expect(fork?.other).toHaveLength(2)
    }
  })

  test('for the view alone, which then knows one branch', async () => {
    const pinned = viewer(known(logOf(plain)))
    const seen = viewedState(pinned, inceptions)
    expect(seen?.branches.map(({ inceptionHex }) => inceptionHex)).toEqual([
      logOf(plain).inceptionHex,
    ])
    expect(viewedState(viewer(), inceptions)).toBe(inceptions)
    const single = IdentityState.of(logOf(plain))
    expect(viewedState(pinned, single)).toBe(single)
    expect(await forkOf(pinned, single)).toBeUndefined()
    expect(viewedState(pinned, undefined)).toBeUndefined()
  })

  test('and my own name is my own log', async () => {
    const own = logOf({ ...plain, rotations: [0] })
    const fork = await forkOf(viewer({}, own), inceptions)
    expect([fork?.because, fork?.branch?.head]).toEqual(['own', own.head])
  })
})

describe('what a pin remembers', () => {
  const state = forkOfWays(plain, { ...plain, inception: 1 })

  test('is the log there is, and of two the one that is settled or named', async () => {
    const only = IdentityState.of(logOf(plain))
    expect(await branchToRemember(viewer(), only)).toEqual(known(logOf(plain)))
    expect(await branchToRemember(viewer(), undefined)).toEqual({})
    expect(await branchToRemember(viewer(), state)).toEqual({})
    expect(await branchToRemember(viewer(known(logOf(plain))), state)).toEqual(known(logOf(plain)))
    const other = logOf({ ...plain, inception: 1 })
    const name = other.inceptionHex.slice(0, 8)
    expect(await branchToRemember(viewer(known(logOf(plain))), state, name)).toEqual(known(other))
  })

  test('is not a log that nobody showed, or two at once', async () => {
    for (const name of ['00000000', '']) {
      const fault = faultOf(Promise.try(() => branchToRemember(viewer(), state, name)))
      expect(await fault).toEqual({ code: 'node/branch-unknown', branch: name })
    }
  })
})
