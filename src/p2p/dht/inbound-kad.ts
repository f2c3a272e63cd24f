/**
 * What peers may cost this node through kad-dht, which limits streams at once and nothing else: how
 * often a peer opens one, how much it sends on it, how often it stores or asks for a value.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import type { Key } from 'interface-datastore'
import { KIB_BYTES } from '../../base/units.ts'
import { Buckets, type BucketRate } from '../query/buckets.ts'
import { DhtError } from './error.ts'
import type { GuardedDatastore } from './guarded-datastore.ts'

/** Streams of one connection that peers may hold open. */
export const KAD_STREAMS_LIMIT = 4
/** Bytes of one stream, over all messages on it. */
export const KAD_STREAM_LIMIT_BYTES = 128 * KIB_BYTES
/** Streams of one peer. */
const KAD_STREAM_RATE: BucketRate = { burst: 512, perSecond: 64 }
/** Values put by one peer. A burst is a node that puts its own and those of all it vouches for. */
const KAD_PUT_RATE: BucketRate = { burst: 256, perSecond: 8 }

export class InboundKad {
  readonly #asking = new AsyncLocalStorage<string>()
  readonly #streams: Buckets
  readonly #puts: Buckets

  constructor(rates: { readonly streams?: BucketRate; readonly puts?: BucketRate } = {}) {
    this.#streams = new Buckets(rates.streams ?? KAD_STREAM_RATE)
    this.#puts = new Buckets(rates.puts ?? KAD_PUT_RATE)
  }

  /** libp2p's registrar, except that handlers registered through it are watched over. */
  registrar(registrar: Registrar): Registrar {
    return {
      getProtocols: () => registrar.getProtocols(),
      handle: (protocol, handler, options) =>
        registrar.handle(protocol, this.#watched(handler), options),
      unhandle: (protocol, options) => registrar.unhandle(protocol, options),
      getHandler: (protocol) => registrar.getHandler(protocol),
      use: (protocol, middleware) => registrar.use(protocol, middleware),
      unuse: (protocol) => registrar.unuse(protocol),
      getMiddleware: (protocol) => registrar.getMiddleware(protocol),
      register: (protocol, topology, options) => registrar.register(protocol, topology, options),
      unregister: (id) => registrar.unregister(id),
      getTopologies: (protocol) => registrar.getTopologies(protocol),
    }
  }

  /** The datastore, except that what peers put through it is counted. */
  datastore(guarded: GuardedDatastore): GuardedDatastore {
    const put = async (key: Key, bytes: Uint8Array): Promise<Key> => {
      const peer = this.#asking.getStore()
      if (peer !== undefined && !this.#puts.take(peer)) {
        throw new DhtError({ code: 'p2p/dht-rate-limited' })
      }
      return guarded.put(key, bytes)
    }
    return new Proxy(guarded, {
      get: (target, name) => {
        if (name === 'put') return put
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  #watched(handler: StreamHandler): StreamHandler {
    return async (stream: Stream, connection: Connection) => {
      const peer = connection.remotePeer.toString()
      if (!this.#streams.take(peer)) {
        stream.abort(new DhtError({ code: 'p2p/dht-rate-limited' }))
        return
      }
      // The handler listens first: a listener of ours alone would swallow what has come already.
      const handled = this.#asking.run(peer, () => handler(stream, connection))
      let receivedBytes = 0
      stream.addEventListener('message', ({ data }) => {
        receivedBytes += data.byteLength
        if (receivedBytes <= KAD_STREAM_LIMIT_BYTES) return
        const limitBytes = KAD_STREAM_LIMIT_BYTES
        const fault = { code: 'p2p/dht-value-too-large', bytes: receivedBytes, limitBytes } as const
        stream.abort(new DhtError(fault))
      })
      await handled
    }
  }
}
