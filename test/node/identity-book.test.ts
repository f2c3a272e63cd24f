import { describe, expect, test } from 'vitest'
import { textBytes } from '../../src/base/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { Did } from '../../src/identity/did.ts'
import { incept } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import { IdentityBook } from '../../src/node/identity-book.ts'
import { alice, keyNamed, publicKeyOf, stateOf, type Way } from '../support/identity.ts'
import { agent } from '../support/records.ts'

const START: Way = {
  inception: 0,
  recoveries: [],
  end: undefined,
  rotations: [],
  salt: undefined,
}
const ROTATED: Way = { ...START, rotations: [1] }
const OTHER: Way = { ...START, rotations: [2] }

function book(states: readonly IdentityState[] = [], workBits = 0): IdentityBook {
  const made = new IdentityBook(workBits)
  for (const state of states) made.set(state)
  return made
}

describe('the identity book', () => {
  test('R8: places a genesis key whose log is not here, and no other key', () => {
    const { did } = stateOf(START)
    expect(book().place(did, publicKeyOf('alice'))).toEqual({
      generation: 0,
      rotation: 0,
      workBits: undefined,
    })
    expect(book().place(did, keyNamed('bob').publicKey)).toBeUndefined()
    expect(book().mayJudge(did, publicKeyOf('alice'))).toBe(true)
    expect(book().mayJudge(did, keyNamed('bob').publicKey)).toBe(false)
  })

  test('R8: places no key of an unknown log where the network asks for work', () => {
    const state = stateOf(START)
    expect(book([], 1).mayJudge(state.did, publicKeyOf('alice'))).toBe(false)
    expect(book([state], 1).place(state.did, publicKeyOf('alice'))).toMatchObject({
      workBits: state.branches[0].workBits,
    })
  })

  test('R8: places every key that the log names, the retired ones too, and no other', () => {
    const state = stateOf(ROTATED)
    const rotated = state.branches[0].current?.key ?? new Uint8Array()
    const held = book([state])
    expect(held.place(state.did, rotated)).toMatchObject({ generation: 0, rotation: 1 })
    expect(held.place(state.did, publicKeyOf('alice'))).toMatchObject({ rotation: 0 })
    expect(held.place(state.did, agent('mallory').signer.publicKey)).toBeUndefined()
  })

  test('R8: places the keys of both branches of a fork', () => {
    const one = stateOf(ROTATED)
    const two = stateOf(OTHER)
    const forked = one.join(two)
    expect(forked.isForked).toBe(true)
    for (const branch of [one, two]) {
      const key = branch.branches[0].current?.key ?? new Uint8Array()
      expect(book([forked]).place(forked.did, key)).toMatchObject({ rotation: 1 })
    }
  })

  test('prefers a state that is on its way to disk', () => {
    const before = stateOf(START)
    const coming = stateOf(ROTATED)
    const key = coming.branches[0].current?.key ?? new Uint8Array()
    expect(book([before]).place(before.did, key)).toBeUndefined()
    expect(book([before]).placeAmong(before.did, key, coming)).toMatchObject({ rotation: 1 })
  })

  test('tells held bytes from all others, and forgets those that were replaced', () => {
    const before = stateOf(START)
    const after = stateOf(ROTATED)
    const held = book([before])
    expect(held.isHeld(before.bytes)).toBe(true)
    expect(held.isHeld(after.bytes)).toBe(false)
    held.set(after)
    expect(held.isHeld(before.bytes)).toBe(false)
    expect(held.isHeld(after.bytes)).toBe(true)
    expect(held.size).toBe(1)
    expect(held.get(alice().did)).toBe(after)
  })

  test('has the signatures of the same bytes checked once, and those of other bytes again', async () => {
    const [first, second] = [stateOf(START), stateOf(ROTATED)]
    const asked: boolean[] = []
    const disk = { state: first }
    const source = {
      identityAt: (_did: Did, isVerified: (bytes: Uint8Array) => boolean) => {
        asked.push(isVerified(disk.state.bytes))
        return disk.state
      },
      identityBytes: async function* () {
        yield [{ did: disk.state.did, bytes: disk.state.bytes }]
      },
    }
    const held = new IdentityBook(0, source)
    const others = Array.from({ length: 513 }, (_, at) => {
      const genesis = nativeSigner(sha256(textBytes(`other ${at}`)))
      return IdentityState.of(incept({ genesis, verifier: nativeVerifier }).log)
    })
    const crowdOut = (): void => {
      for (const other of others) held.set(other)
    }
    await held.load()
    held.get(first.did)
    crowdOut()
    held.get(first.did)
    expect(asked).toEqual([false, true])

    // Bytes that nobody has looked at stand on the disk in their place.
    crowdOut()
    disk.state = second
    held.get(first.did)
    crowdOut()
    await held.load()
    held.get(first.did)
    expect(asked).toEqual([false, true, false, false])
  })
})
