/** Key logs, documents, values: docs/spec/identity.md. */
import { toHex } from '../../src/base/bytes.ts'
import { AipError } from '../../src/base/error.ts'
import { decodeCbor, encodeCbor } from '../../src/crypto/cbor.ts'
import { signDocument } from '../../src/identity/document.ts'
import { incept, type KeyLog } from '../../src/identity/key-log.ts'
import { deactivate, recover } from '../../src/identity/log-change.ts'
import { parseArray, parseMap } from '../../src/identity/schema.ts'
import { IdentityState } from '../../src/identity/state.ts'
import {
  alice,
  keys,
  leaked,
  NETWORK,
  NOW_MS,
  otherRotation,
  rotated,
  rotatedWithReach,
  signers,
  verifier,
} from './cast.ts'

const context = { network: NETWORK, verifier }

export function identityVectors(): object {
  const recovered = recover({
    log: rotated,
    authority: signers.aliceRecovery,
    operationalKey: signers.aliceRecovered.publicKey,
    verifier,
  }).log
  const deactivated = deactivate({ log: rotated, authority: signers.aliceRecovery, verifier }).log
  const cold = incept({
    genesis: signers.coldRoot,
    operationalKey: signers.bob.publicKey,
    verifier,
  }).log
  const logs: Readonly<Record<string, KeyLog>> = {
    inception: alice,
    'inception, cold root': cold,
    rotation: rotated,
    'rotation, earlier key up to sequence 41': rotatedWithReach,
    'rotation, earlier key compromised': leaked,
    recovery: recovered,
    deactivation: deactivated,
  }
  const fork = IdentityState.ofLogs([rotated, otherRotation])
  return {
    about:
      'docs/spec/identity.md. Bytes are hex. "logs": valid key logs and what follows from them. "values": what is stored and put in the DHT, on the network "test". "refused": values that are not valid, and the fault.',
    network: NETWORK,
    keys,
    logs: Object.entries(logs).map(([name, log]) => ({ name, ...shown(log) })),
    values: [
      { name: 'a log alone', ...value(IdentityState.of(alice)) },
      { name: 'a log with a document', ...value(documented(rotated)) },
      { name: 'the proof of a fork', ...value(fork) },
    ],
    refused: refused(fork),
  }
}

function shown(log: KeyLog): object {
  return {
    did: log.did,
    bytes: toHex(log.bytes),
    entryHashes: log.entries.map(({ hash }) => toHex(hash)),
    epochs: log.epochs.map(({ generation, rotation, keyHex, retired }) => ({
      fragment: `k${generation}.${rotation}`,
      key: keyHex,
      ...(retired === undefined ? {} : { compromised: retired.compromised }),
      ...(retired?.reach === undefined ? {} : { reach: retired.reach }),
    })),
    current: log.current?.keyHex ?? null,
    deactivated: log.deactivated,
  }
}

function value(state: IdentityState): object {
  return {
    did: state.did,
    bytes: toHex(state.bytes),
    forked: state.isForked,
    document:
      state.document === undefined
        ? null
        : { sequence: state.document.sequence, expiresAtMs: state.document.expiresAtMs },
  }
}

function documented(log: KeyLog): IdentityState {
  const document = signDocument({
    log,
    sequence: 7,
    expiresAtMs: NOW_MS,
    content: {
      services: [{ id: 'node-1', type: 'AipNode', endpoint: 'multiaddr:/ip4/192.0.2.7/tcp/7471' }],
    },
    signer: signers.aliceSecond,
    network: NETWORK,
  })
  return IdentityState.of(log, document)
}

/** Values with one thing wrong, and what the code says of them. */
function refused(fork: IdentityState): object[] {
  const log = parseArray(decodeCbor(rotated.bytes, 4_000), 'l').map((one) => parseMap(one, 'l'))
  const [inception, rotation] = log
  const d = parseMap(parseMap(decodeCbor(documented(rotated).bytes, 8_192), '')['d'], 'd')
  const f = parseArray(parseMap(decodeCbor(fork.bytes, 8_192), '')['f'], 'f')
  const signature = new Uint8Array(64).fill(1)
  const aliceSecond = signers.aliceSecond.publicKey
  const wrong: Readonly<Record<string, Uint8Array>> = {
    'an inception with a foreign signature': encodeCbor({ l: [{ ...inception, s: signature }] }),
    'a rotation by a key that was not committed to': encodeCbor({
      l: [inception, { ...rotation, r: aliceSecond }],
    }),
    'a rotation that installs another key than was signed': encodeCbor({
      l: [inception, { ...rotation, k: signers.bob.publicKey }],
    }),
    'a rotation that stands first': encodeCbor({ l: [rotation] }),
    'a rotation twice': encodeCbor({ l: [inception, rotation, rotation] }),
    'an unknown field in an entry': encodeCbor({ l: [{ ...inception, z: 1 }] }),
    'an empty log': encodeCbor({ l: [] }),
    'a document with another sequence than was signed': encodeCbor({ d: { ...d, s: 8 }, l: log }),
    'a document of another log': encodeCbor({ d, l: [inception] }),
    'a fork of one log': encodeCbor({ f: [f[0], f[0]] }),
    'a fork in the wrong order': encodeCbor({ f: [f[1], f[0]] }),
    'a byte too many': Uint8Array.from([...IdentityState.of(alice).bytes, 0]),
    'map keys out of order': outOfOrder(IdentityState.of(alice).bytes),
  }
  return Object.entries(wrong).map(([name, bytes]) => ({
    name,
    bytes: toHex(bytes),
    fault: faultOf(bytes),
  }))
}

/** The first two fields of the inception, `c` and `n`, exchanged. Both are one letter and 32 bytes. */
function outOfOrder(bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes)
  const at = 1 + 2 + 1 + 1
  const width = 2 + 2 + 32
  changed.set(bytes.subarray(at + width, at + 2 * width), at)
  changed.set(bytes.subarray(at, at + width), at + width)
  return changed
}

function faultOf(bytes: Uint8Array): string {
  try {
    IdentityState.parse(bytes, context)
  } catch (error) {
    if (error instanceof AipError) return error.fault.code
    throw error
  }
  throw new Error(`a value that should be refused is not: ${toHex(bytes)}`)
}
