/**
 * Messages of kad-dht by the rules and against them: as the handlers of the library get them, and as
 * they go over a socket. Spelled out here, since the library does not export its codec.
 */
import { Record as Libp2pRecord } from '@libp2p/kad-dht'
import { concatBytes, textBytes } from '../../../src/base/bytes.ts'
import type { Did } from '../../../src/identity/did.ts'
import { dhtKey } from '../../../src/p2p/dht/key.ts'

/** Numbers that the protocol has for its kinds. */
const KINDS = { PUT_VALUE: 0, ADD_PROVIDER: 2 } as const

export interface KadMessage {
  readonly type: keyof typeof KINDS
  readonly key: Uint8Array
  readonly record?: Uint8Array
  readonly closer: readonly never[]
  readonly providers: readonly {
    readonly id: Uint8Array
    readonly multiaddrs: readonly Uint8Array[]
  }[]
}

/** Namespaces that nobody registered, those that every object inherits first among them. */
export const FOREIGN_NAMESPACES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'isPrototypeOf',
  'pk',
  'ipns',
  'AIP',
  'aip ',
  'aip\u0000',
  '',
  '..',
  '*',
] as const

export function putOf(key: Uint8Array, value: Uint8Array): KadMessage {
  const record = new Libp2pRecord(key, value, new Date()).serialize().subarray()
  return { type: 'PUT_VALUE', key, record, closer: [], providers: [] }
}

export function identityPut(did: Did, value: Uint8Array): KadMessage {
  return putOf(dhtKey(did), value)
}

/** The sender says that it has something that is called so. */
export function providerOf(hash: Uint8Array, sender: Uint8Array): KadMessage {
  // CIDv1, raw, SHA-256.
  const key = concatBytes(Uint8Array.of(1, 0x55, 0x12, 32), hash)
  // /ip4/127.0.0.1/tcp/4001
  const address = Uint8Array.of(4, 127, 0, 0, 1, 6, 0x0f, 0xa1)
  const providers = [{ id: sender, multiaddrs: [address] }]
  return { type: 'ADD_PROVIDER', key, closer: [], providers }
}

export function foreignKey(namespace: string, name: string): Uint8Array {
  return textBytes(`/${namespace}/${name}`)
}

/** With its length before it, as a stream carries it. */
export function encodeMessage({ type, key, record, providers }: KadMessage): Uint8Array {
  const message = concatBytes(
    Uint8Array.of(0x08, KINDS[type]),
    field(2, key),
    ...(record === undefined ? [] : [field(3, record)]),
    ...providers.map(({ id, multiaddrs }) =>
      field(9, concatBytes(field(1, id), ...multiaddrs.map((address) => field(2, address)))),
    ),
  )
  return concatBytes(varint(message.length), message)
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(varint((number << 3) | 2), varint(bytes.length), bytes)
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return Uint8Array.of(...bytes, rest)
}
