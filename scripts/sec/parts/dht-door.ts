/** The guard of a node's DHT rows, over a map: the door that values put by peers come through. */
import { NotFoundError } from '@libp2p/interface'
import { Record as Libp2pRecord } from '@libp2p/kad-dht'
import { Key, type Pair, type Query } from 'interface-datastore'
import { AipError } from '../../../src/base/error.ts'
import type { Did } from '../../../src/identity/did.ts'
import { nativeVerifier } from '../../../src/node/native-crypto.ts'
import { GuardedDatastore, type GuardOptions } from '../../../src/p2p/dht/guarded-datastore.ts'
import { dhtKey, rowOfDhtKey } from '../../../src/p2p/dht/key.ts'
import { Rows } from '../../../src/p2p/dht/rows.ts'
import { IdentityValues } from '../../../src/p2p/dht/values.ts'

export class DhtDoor {
  readonly rows = new Map<string, Uint8Array>()
  readonly #guard: GuardedDatastore

  constructor(network: string, nowMs: number) {
    this.#guard = new GuardedDatastore({
      // The guard asks for these four of a datastore.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      inner: mapStore(this.rows) as unknown as GuardOptions['inner'],
      values: new IdentityValues({ network, verifier: nativeVerifier }),
      rows: new Rows(Uint8Array.of(1)),
      floor: () => Promise.resolve(undefined),
      clock: () => nowMs,
    })
  }

  /** @returns `kept`, or the code of the refusal. */
  async put(did: Did, value: Uint8Array, nowMs: number): Promise<string> {
    const row = new Libp2pRecord(dhtKey(did), value, new Date(nowMs)).serialize()
    try {
      await this.#guard.put(new Key(rowOfDhtKey(dhtKey(did)), false), row)
      return 'kept'
    } catch (error) {
      return error instanceof AipError ? error.fault.code : `untyped: ${String(error)}`
    }
  }

  async held(did: Did): Promise<Uint8Array | undefined> {
    return (await this.#guard.best(did))?.bytes
  }
}

function mapStore(rows: Map<string, Uint8Array>) {
  return {
    put: async (key: Key, value: Uint8Array): Promise<Key> => {
      rows.set(key.toString(), value)
      return key
    },
    get: async (key: Key): Promise<Uint8Array> => {
      const value = rows.get(key.toString())
      if (value === undefined) throw new NotFoundError('no row')
      return value
    },
    delete: async (key: Key): Promise<void> => {
      rows.delete(key.toString())
    },
    async *query({ prefix }: Query): AsyncGenerator<Pair> {
      for (const [row, value] of rows) {
        if (prefix === undefined || row.startsWith(prefix))
          yield { key: new Key(row, false), value }
      }
    },
  }
}
