/**
 * The people of a data set as agents: keys made from their names, so that every run has the same.
 *
 * Anybody can make these keys. They are for replays and for nothing else.
 */
import { textBytes } from '../../src/base/bytes.ts'
import type { Signer } from '../../src/crypto/ed25519.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { Did } from '../../src/identity/did.ts'
import { incept, type KeyLog } from '../../src/identity/key-log.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeSigner, nativeVerifier } from '../../src/node/native-crypto.ts'
import type { Rating } from './ratings.ts'

const SEED = 'aip-node replay 1 '

export interface Person {
  readonly name: string
  readonly did: Did
  readonly seed: Uint8Array
  readonly signer: Signer
  readonly log: KeyLog
  /** The identity value as bundles carry it. */
  readonly identity: Uint8Array
}

export function personOf(name: string): Person {
  const seed = sha256(textBytes(SEED + name))
  const signer = nativeSigner(seed)
  const { log } = incept({ genesis: signer, verifier: nativeVerifier })
  return { name, did: log.did, seed, signer, log, identity: IdentityState.of(log).bytes }
}

/** Everybody who rates or is rated, in order of first appearance. */
export function peopleOf(ratings: readonly Rating[]): ReadonlyMap<string, Person> {
  const people = new Map<string, Person>()
  for (const { source, target } of ratings) {
    for (const name of [source, target]) if (!people.has(name)) people.set(name, personOf(name))
  }
  return people
}

/** Who gave the most positive ratings: those see the most, so their views are worth looking at. */
export function busiest(ratings: readonly Rating[], count: number): readonly string[] {
  const given = new Map<string, number>()
  for (const { source, value } of ratings) {
    if (value > 0) given.set(source, (given.get(source) ?? 0) + 1)
  }
  return [...given]
    .toSorted(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1))
    .slice(0, count)
    .map(([name]) => name)
}
