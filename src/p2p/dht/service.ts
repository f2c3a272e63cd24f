/**
 * kad-dht as this network uses it: identities only, guarded, with the library's known gaps closed.
 *
 * The factory goes into libp2p's `services`; the guard stays with the caller, who gives it to
 * `directory.ts`. Specification: docs/spec/dht.md.
 */
import {
  kadDHT,
  passthroughMapper,
  removePrivateAddressesMapper,
  type KadDHT,
  type KadDHTComponents,
} from '@libp2p/kad-dht'
import type { Clock } from '../../base/clock.ts'
import { MINUTE_MS, SECOND_MS } from '../../base/units.ts'
import type { Verifier } from '../../crypto/ed25519.ts'
import type { Did } from '../../identity/did.ts'
import type { IdentityState } from '../../identity/state.ts'
import type { BucketRate } from '../query/buckets.ts'
import { DhtError } from './error.ts'
import { GuardedDatastore } from './guarded-datastore.ts'
import { InboundKad, KAD_STREAMS_LIMIT } from './inbound-kad.ts'
import { didOfDhtKey } from './key.ts'
import { Rows } from './rows.ts'
import { IdentityValues } from './values.ts'

/** Before a node looks for its own neighbourhood again. */
const QUERY_SELF_INTERVAL_MS = 5 * MINUTE_MS
const FIRST_QUERY_SELF_MS = SECOND_MS
const OUTBOUND_STREAMS_LIMIT = 16
/**
 * A query goes on so many ways that share no peer, and asks so many peers at once on each: twelve
 * questions under way for the eight answers that a look-up wants. The library's own 10 and 10 ask
 * everybody there is.
 */
const DISJOINT_PATHS = 6
const QUESTIONS_PER_PATH = 2
/**
 * How long one peer may take for one answer, dialling it included. The library doubles its own limit
 * with each failure, up to a minute, so a few silent peers would slow every query down.
 */
const ANSWER_LIMIT_MS = { minTimeout: 4 * SECOND_MS, maxTimeout: 8 * SECOND_MS }

export function kadProtocol(network: string): string {
  return `/aip/${network}/kad/1.0.0`
}

export interface KadOptions {
  readonly network: string
  readonly preset: 'local' | 'public'
  /** `client`: asks, and is asked nothing; for a node that others cannot dial. */
  readonly mode: 'server' | 'client'
  readonly verifier: Verifier
  /** What the node itself holds of a DID: never replaced by less, and served when it is better. */
  readonly floor: (did: Did) => Promise<IdentityState | undefined>
  readonly clock: Clock
  readonly rowsLimit?: number
  readonly rates?: { readonly streams?: BucketRate; readonly puts?: BucketRate }
}

/** What is known once libp2p has made the service. */
export interface KadParts {
  readonly values: IdentityValues
  readonly rows: Rows
  readonly guard: GuardedDatastore
}

export interface KadService {
  /** For libp2p's `services`. */
  readonly create: (components: KadDHTComponents) => KadDHT
  /** @throws {Error} before libp2p has called `create`. */
  readonly parts: () => KadParts
}

export function kadService(options: KadOptions): KadService {
  const values = new IdentityValues(options)
  let made: KadParts | undefined

  const create = (components: KadDHTComponents): KadDHT => {
    const { datastore, peerId, registrar } = components
    const rows = new Rows(peerId.toMultihash().bytes, options.rowsLimit)
    const { floor, clock } = options
    const guard = new GuardedDatastore({ inner: datastore, values, rows, floor, clock })
    made = { values, rows, guard }

    const inbound = new InboundKad(options.rates)
    const replaced: ReadonlyMap<PropertyKey, unknown> = new Map<PropertyKey, unknown>([
      ['datastore', inbound.datastore(guard)],
      ['registrar', inbound.registrar(registrar)],
    ])
    // A proxy, since libp2p adds further components (ping) after this one is made.
    const guarded = new Proxy(components, {
      get: (target, name) => replaced.get(name) ?? Reflect.get(target, name, target),
    })
    return identitiesOnly(kadDHT(settings(options, values))(guarded))
  }

  const parts = (): KadParts => {
    if (made === undefined) throw new Error('libp2p has not made the DHT yet')
    return made
  }
  return { create, parts }
}

function settings({ network, preset, mode }: KadOptions, values: IdentityValues) {
  return {
    protocol: kadProtocol(network),
    clientMode: mode === 'client',
    // A node that is alone gets its answer, "nothing", at once.
    allowQueryWithZeroPeers: true,
    peerInfoMapper: preset === 'local' ? passthroughMapper : removePrivateAddressesMapper,
    maxInboundStreams: KAD_STREAMS_LIMIT,
    maxOutboundStreams: OUTBOUND_STREAMS_LIMIT,
    disjointPaths: DISJOINT_PATHS,
    alpha: QUESTIONS_PER_PATH,
    networkDialTimeout: ANSWER_LIMIT_MS,
    querySelfInterval: QUERY_SELF_INTERVAL_MS,
    initialQuerySelfInterval: FIRST_QUERY_SELF_MS,
    validators: {
      aip: (key: Uint8Array, value: Uint8Array) => {
        values.parse(requireDid(key), value)
      },
    },
    selectors: {
      aip: (key: Uint8Array, candidates: Uint8Array[]) =>
        bestOf(requireDid(key), candidates, values),
    },
  }
}

/**
 * Takes out the namespaces that this network does not have: `pk`, which the library adds, and those
 * that every object inherits, for which `validators['constructor']` would be a function that accepts.
 */
function identitiesOnly(dht: KadDHT): KadDHT {
  for (const map of [dht.validators, dht.selectors]) {
    Reflect.setPrototypeOf(map, null)
    for (const namespace of Object.keys(map)) {
      if (namespace !== 'aip') Reflect.deleteProperty(map, namespace)
    }
  }
  return dht
}

function requireDid(key: Uint8Array): Did {
  const did = didOfDhtKey(key)
  if (did === undefined) throw new DhtError({ code: 'p2p/dht-key-refused' })
  return did
}

/** The index of the best value; kad-dht has validated each of them. */
function bestOf(did: Did, candidates: readonly Uint8Array[], values: IdentityValues): number {
  let best = 0
  for (let at = 1; at < candidates.length; at++) {
    const [held, candidate] = [candidates[best], candidates[at]]
    if (held === undefined || candidate === undefined) continue
    if (values.parse(did, candidate).compare(values.parse(did, held)) > 0) best = at
  }
  return best
}
