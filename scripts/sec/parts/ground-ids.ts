/** Keys whose peer ids lie near to one key of the DHT: made at random in numbers, the nearest kept. */
import { createHash } from 'node:crypto'
import { compareBytes, concatBytes } from '../../../src/base/bytes.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import type { Did } from '../../../src/identity/did.ts'
import { nativeSigner } from '../../../src/node/native-crypto.ts'
import { dhtKey } from '../../../src/p2p/dht/key.ts'

/** A peer id of an Ed25519 key: the identity multihash of its protobuf, up to the key itself. */
const PEER_ID_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

export interface GroundId {
  /** Of the private key. */
  readonly seed: Uint8Array
  /** Bits that its place has in common with the key's, from the first on. */
  readonly sharedBits: number
}

/**
 * Kademlia's distance is that of hashes: of the key on one side, of the peer id's bytes on the other.
 *
 * @returns the nearest, nearest first.
 */
export function groundIds(
  did: Did,
  { tries, kept, seed }: { readonly tries: number; readonly kept: number; readonly seed: number },
): readonly GroundId[] {
  const target = sha256(dhtKey(did))
  let nearest: { readonly seed: Uint8Array; readonly distance: Uint8Array }[] = []
  for (let at = 0; at < tries; at++) {
    const keySeed = new Uint8Array(createHash('sha256').update(`sybil ${seed} ${at}`).digest())
    const distance = distanceBetween(target, placeOf(nativeSigner(keySeed).publicKey))
    const farthest = nearest[kept - 1]
    if (farthest !== undefined && compareBytes(distance, farthest.distance) >= 0) continue
    nearest = [...nearest, { seed: keySeed, distance }]
      .toSorted((a, b) => compareBytes(a.distance, b.distance))
      .slice(0, kept)
  }
  return nearest.map(({ seed: of, distance }) => ({ seed: of, sharedBits: zeroBits(distance) }))
}

/** How many bits of the key a peer of this public key shares. */
export function sharedBits(did: Did, publicKey: Uint8Array): number {
  return zeroBits(distanceBetween(sha256(dhtKey(did)), placeOf(publicKey)))
}

function placeOf(publicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(PEER_ID_PREFIX, publicKey))
}

function distanceBetween(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((byte, at) => byte ^ (other[at] ?? 0))
}

function zeroBits(distance: Uint8Array): number {
  const at = distance.findIndex((byte) => byte !== 0)
  return at < 0 ? distance.length * 8 : at * 8 + Math.clz32(distance[at] ?? 0) - 24
}
