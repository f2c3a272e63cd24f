/** What reconciliation reads of this node: the sets of keys, and the bytes that keys stand for. */
import { toHex } from '../../base/bytes.ts'
import { DID_BYTES, didFromBytes, type Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { SyncSource } from '../../p2p/ports.ts'
import type { Lane } from '../../records/replica/lanes.ts'
import type { Place, Store } from '../../store/store.ts'
import type { HeldSets } from './sync-sets.ts'

const TIME_BYTES = 8

export function syncSource(from: {
  readonly sets: HeldSets
  readonly store: Pick<Store, 'recordsAt'>
  readonly identityOf: (did: Did) => IdentityState | undefined
}): SyncSource {
  const { sets, store, identityOf } = from
  return {
    sets,
    get isReady() {
      return sets.isReady
    },
    read: async ({ shard, lane, keys }) => {
      // A log that has changed since is sent as it is now: the better of the two.
      if (lane === 'L') {
        return keys.map((key) => identityOf(didFromBytes(key.subarray(0, DID_BYTES)))?.bytes)
      }
      const places = keys.map((key) => placeOf(shard, lane, key))
      return (await store.recordsAt(places)).map((stored) => stored?.bytes)
    },
  }
}

function placeOf(shard: number, lane: Lane, key: Uint8Array): Place {
  const issuedAtMs = Number(new DataView(key.buffer, key.byteOffset).getBigUint64(0))
  return { shard, lane, issuedAtMs, id: toHex(key.subarray(TIME_BYTES)) }
}
