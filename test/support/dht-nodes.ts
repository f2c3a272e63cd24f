/**
 * Nodes of the DHT alone, on loopback: honest ones as this project makes them, and foreign ones that
 * run the library with rules, answers and silences of their own.
 */
import { Record as Libp2pRecord, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import type { KadDHT, KadDHTComponents, KadDHTInit, QueryEvent } from '@libp2p/kad-dht'
import { NotFoundError } from '@libp2p/interface'
import type { PeerId } from '@libp2p/interface'
import type { Datastore, Key } from 'interface-datastore'
import { silentLogger } from '../../src/base/log.ts'
import type { Did } from '../../src/identity/did.ts'
import { nativeVerifier } from '../../src/node/native-crypto.ts'
import { Directory } from '../../src/p2p/dht/directory.ts'
import type { GuardedDatastore } from '../../src/p2p/dht/guarded-datastore.ts'
import { dhtKey, didOfRow } from '../../src/p2p/dht/key.ts'
import { kadProtocol, kadService, type KadOptions } from '../../src/p2p/dht/service.ts'
import { NETWORK } from './dht-identity.ts'
import { connect, eventually, kadHost, type KadHost } from './plain-host.ts'

export interface HonestNode extends AsyncDisposable {
  readonly host: KadHost
  readonly directory: Directory
  readonly guard: GuardedDatastore
  readonly best: (did: Did) => Promise<Uint8Array | undefined>
  /** What is on the disk of the node's DHT, whatever the guard says about it. */
  readonly rows: () => Promise<string[]>
}

export async function honestNode(options: Partial<KadOptions> = {}): Promise<HonestNode> {
  const kad = kadService({
    network: NETWORK,
    preset: 'local',
    mode: 'server',
    verifier: nativeVerifier,
    floor: () => Promise.resolve(undefined),
    clock: Date.now,
    ...options,
  })
  const host = await kadHost(kad.create)
  const parts = kad.parts()
  const directory = new Directory({ dht: host.services.dht, parts, log: silentLogger })
  return {
    host,
    directory,
    guard: parts.guard,
    best: async (did) => (await parts.guard.best(did))?.bytes,
    rows: async () => rowsOf(host),
    [Symbol.asyncDispose]: async () => {
      await directory[Symbol.asyncDispose]()
      await host.stop()
    },
  }
}

async function rowsOf(host: KadHost): Promise<string[]> {
  const { datastore } = (host as unknown as { components: { datastore: Datastore } }).components
  const rows: string[] = []
  for await (const { key } of datastore.query({ prefix: '/dht' })) rows.push(key.toString())
  return rows
}

/** A peer that runs the library as it comes, with validators of its own. */
export async function foreignNode(init: KadDHTInit): Promise<KadHost> {
  return kadHost(foreignKad(init))
}

function foreignKad(init: KadDHTInit): (components: KadDHTComponents) => KadDHT {
  return kadDHT({
    protocol: kadProtocol(NETWORK),
    clientMode: false,
    allowQueryWithZeroPeers: true,
    peerInfoMapper: passthroughMapper,
    ...init,
  })
}

/** Takes anything, and thinks that the first value is the best. */
export const LENIENT: KadDHTInit = { validators: { aip: () => {} }, selectors: { aip: () => 0 } }

/** What a peer of {@link hostileNode} answers to a question for a DID; a promise may never settle. */
export type Answer = (did: Did) => Promise<Uint8Array | undefined>

/** A peer that answers what it likes, and takes nothing that anybody puts. */
export async function hostileNode(
  answer: Answer,
  onPut: () => Promise<void> = () => Promise.reject(new Error('no corrections')),
  seed?: Uint8Array,
): Promise<KadHost> {
  const get = async (key: Key): Promise<Uint8Array> => {
    const did = didOfRow(key.toString())
    const value = did === undefined ? undefined : await answer(did)
    if (did === undefined || value === undefined) throw new NotFoundError('nothing')
    return new Libp2pRecord(dhtKey(did), value, new Date()).serialize()
  }
  const put = async (key: Key): Promise<Key> => {
    await onPut()
    return key
  }
  return kadHost((components) => {
    const datastore = new Proxy(components.datastore, {
      get: (target, name) => {
        if (name === 'get') return get
        if (name === 'put') return put
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const changed = new Proxy(components, {
      get: (target, name) => (name === 'datastore' ? datastore : Reflect.get(target, name, target)),
    })
    return foreignKad(LENIENT)(changed)
  }, seed)
}

/**
 * Everybody is connected to everybody, and has so many of the serving ones in the routing table: all
 * of them, or a part where the library, which pings each new one, drops some of a crowd.
 */
export async function meshed(
  hosts: readonly KadHost[],
  { servers = hosts, part = 1 }: { servers?: readonly KadHost[]; part?: number } = {},
): Promise<void> {
  for (const [at, host] of hosts.entries()) {
    for (const other of hosts.slice(at + 1)) await connected(host, other)
  }
  await eventually(() =>
    hosts.every(
      (host) => routesOf(host) >= part * (servers.length - (servers.includes(host) ? 1 : 0)),
    ),
  )
}

/** On a busy machine a handshake may take longer than the library waits; then once more. */
async function connected(host: KadHost, other: KadHost): Promise<void> {
  try {
    await connect(host, other)
  } catch {
    await connect(host, other)
  }
}

function routesOf({ services }: KadHost): number {
  return (services.dht as unknown as { readonly routingTable: { readonly size: number } })
    .routingTable.size
}

/** Puts any bytes under a DID's key. @returns how many peers took them. */
export async function putBytes(
  host: KadHost,
  did: Did,
  bytes: Uint8Array,
  limitMs?: number,
): Promise<number> {
  return putUnder(host, dhtKey(did), bytes, limitMs)
}

export async function putUnder(
  host: KadHost,
  key: Uint8Array,
  bytes: Uint8Array,
  limitMs = 20_000,
): Promise<number> {
  let taken = 0
  try {
    const put = host.services.dht.put(key, bytes, { signal: AbortSignal.timeout(limitMs) })
    for await (const event of put) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') taken++
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
  }
  return taken
}

/** Sends a value to each of these peers as a put, with no question before. @returns who took it. */
export async function sendBytes(
  from: KadHost,
  to: readonly HonestNode[],
  { did, bytes }: { readonly did: Did; readonly bytes: Uint8Array },
): Promise<number> {
  const { network } = from.services.dht as unknown as { readonly network: KadNetwork }
  const key = dhtKey(did)
  const record = new Libp2pRecord(key, bytes, new Date()).serialize()
  const path = { index: -1, queued: 0, running: 0, total: 0 }
  let taken = 0
  for (const { host } of to) {
    const request = { type: 'PUT_VALUE', key, record }
    for await (const event of network.sendRequest(host.peerId, request, { path })) {
      if (event.name === 'PEER_RESPONSE') taken++
    }
  }
  return taken
}

/** What the library's class has and its interface does not. */
interface KadNetwork {
  sendRequest(to: PeerId, message: object, options: object): AsyncIterable<QueryEvent>
}
