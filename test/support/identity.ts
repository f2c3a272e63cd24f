/** Keys, key logs and whole families of contradicting key logs, for tests of who is who. */
import * as ed from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, fromHex, textBytes, toHex } from '../../src/base/bytes.ts'
import { encodeCbor } from '../../src/crypto/cbor.ts'
import type { Signer } from '../../src/crypto/ed25519.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { signDocument } from '../../src/identity/document.ts'
import type { DocumentContent, SignedDocument } from '../../src/identity/document.ts'
import { incept } from '../../src/identity/key-log.ts'
import type { KeyLog } from '../../src/identity/key-log.ts'
import { deactivate, recover, rotate } from '../../src/identity/log-change.ts'
import { commitmentOf, entryMessage, NO_PARENT } from '../../src/identity/log-entry.ts'
import { IdentityState } from '../../src/identity/state.ts'
import { nativeSigner, nativeVerifier as verifier } from '../../src/node/native-crypto.ts'

export const NETWORK = 'test'
export const EXPIRES_AT_MS = Date.UTC(2030, 0)
export const context = { network: NETWORK, verifier }
export { verifier }

const signers = new Map<string, Signer>()

/** The same key for the same name, everywhere and always. */
export function keyNamed(name: string): Signer {
  const known = signers.get(name)
  if (known !== undefined) return known
  const signer = nativeSigner(sha256(textBytes(name)))
  signers.set(name, signer)
  return signer
}

export function publicKeyOf(name: string): Uint8Array {
  return keyNamed(name).publicKey
}

export function hexOf(name: string): string {
  return toHex(publicKeyOf(name))
}

/** Signs with the key of that name, soundly, and never twice the same way for two salts. */
export function restlessSigner(name: string, salt: string): Signer {
  const { scalar, pointBytes } = ed.utils.getExtendedPublicKey(sha256(textBytes(name)))
  const order = ed.Point.CURVE().n
  return {
    publicKey: publicKeyOf(name),
    sign(message) {
      const nonce = littleEndian(sha512(concatBytes(textBytes(salt), message))) % order
      const commitment = ed.Point.BASE.multiply(nonce).toBytes()
      const challenge = littleEndian(sha512(concatBytes(commitment, pointBytes, message))) % order
      const answer = (nonce + challenge * scalar) % order
      const hex = answer.toString(16).padStart(64, '0')
      return concatBytes(commitment, fromHex(hex).toReversed())
    },
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`)
}

/** Alice, who signs with her genesis key and has a rotation key `r0.1` and a recovery key `c1`. */
export function alice(changes: Partial<Parameters<typeof incept>[0]> = {}): KeyLog {
  return incept({
    genesis: keyNamed('alice'),
    rotationKey: publicKeyOf('r0.1'),
    recoveryKey: publicKeyOf('c1'),
    verifier,
    ...changes,
  }).log
}

export function documentOf(
  log: KeyLog,
  signer: Signer,
  changes: { sequence?: number; expiresAtMs?: number; content?: DocumentContent } = {},
): SignedDocument {
  return signDocument({
    log,
    signer,
    network: NETWORK,
    sequence: 1,
    expiresAtMs: EXPIRES_AT_MS,
    content: {},
    ...changes,
  })
}

export interface Step {
  /** Fields by their letters, without `r` and `s`. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly by: Signer
  /** What it signs as its parent; left out, what the rules say. */
  readonly parent?: Uint8Array
}

/** Entries as anybody could write them, signed, in a list: sound only if the steps are. */
export function rawLog(...steps: readonly Step[]): Record<string, unknown>[] {
  let generation = NO_PARENT
  let previous = NO_PARENT
  return steps.map(({ fields, by, parent }) => {
    const unsigned = { ...fields, r: by.publicKey }
    const body = encodeCbor(unsigned)
    const isRotation = fields['t'] === 1
    const signature = by.sign(entryMessage(parent ?? (isRotation ? previous : generation), body))
    previous = sha256(body)
    if (!isRotation) generation = previous
    return { ...unsigned, s: signature }
  })
}

export function committed(name: string): Uint8Array {
  return commitmentOf(publicKeyOf(name))
}

/**
 * Alice's log after a recovery to the key of that name, exactly `length` bytes long: filled with
 * earlier keys, trimmed by how far each of them counts.
 */
export function logOfBytes(length: number, recoveredTo = 'k1.0'): Record<string, unknown>[] {
  const pairs: [Uint8Array, number][] = []
  const build = (): Record<string, unknown>[] =>
    rawLog(
      { fields: { t: 0, n: committed('r0.1'), c: committed('c1') }, by: keyNamed('alice') },
      { fields: { t: 2, k: publicKeyOf(recoveredTo), p: pairs }, by: keyNamed('c1') },
    )
  const missing = (): number => length - encodeCbor(build()).length
  while (missing() >= 36) pairs.push([publicKeyOf(`earlier ${pairs.length}`), 0])
  // A reach takes one byte more from 24 on, two from 256, four from 65,536, eight from 2^32.
  for (const pair of pairs) {
    const room = missing()
    pair[1] = room >= 8 ? 2 ** 32 : room >= 4 ? 65_536 : room >= 2 ? 256 : room >= 1 ? 24 : 0
  }
  if (missing() !== 0) throw new RangeError(`no such log of ${length} bytes`)
  return build()
}

/** One way through the tree of all logs of Alice's DID; the numbers say which alternative is taken. */
export interface Way {
  readonly inception: number
  readonly recoveries: readonly number[]
  readonly end: number | undefined
  readonly rotations: readonly number[]
  readonly salt: string | undefined
}

const grown = new Map<string, KeyLog>()

/**
 * The log at the end of a way. Whoever stole a committed key could write any of its alternatives, so
 * ways that part at some entry give logs that contradict each other there.
 */
export function logOf(way: Way): KeyLog {
  const name = JSON.stringify(way)
  const known = grown.get(name)
  if (known !== undefined) return known
  const log = grow(way)
  grown.set(name, log)
  return log
}

/** Who signs for the DID at the end of a way. */
export function signerOf(way: Way): Signer {
  if (way.recoveries.length === 0 && way.rotations.length === 0) return keyNamed('alice')
  return keyNamed(operationalName(way))
}

function operationalName({ inception, recoveries, rotations }: Way): string {
  return `k ${inception} ${recoveries.join('.')} ${rotations.join('.')}`
}

function grow(way: Way): KeyLog {
  const { inception, recoveries, end, rotations, salt } = way
  const key = (name: string): Signer =>
    salt === undefined ? keyNamed(name) : restlessSigner(name, salt)
  const generation = recoveries.length
  if (end !== undefined) {
    const log = logOf({ ...way, end: undefined })
    return deactivate({ log, authority: key(`c${generation + 1}`), reach: end, verifier }).log
  }
  if (rotations.length > 0) {
    const log = logOf({ ...way, rotations: rotations.slice(0, -1) })
    return rotate({
      log,
      authority: key(`r${generation}.${rotations.length}`),
      operationalKey: publicKeyOf(operationalName(way)),
      rotationKey: publicKeyOf(`r${generation}.${rotations.length + 1}`),
      verifier,
    }).log
  }
  if (generation > 0) {
    const log = logOf({ ...way, recoveries: recoveries.slice(0, -1) })
    return recover({
      log,
      authority: key(`c${generation}`),
      operationalKey: publicKeyOf(operationalName(way)),
      rotationKey: publicKeyOf(`r${generation}.1`),
      recoveryKey: publicKeyOf(`c${generation + 1}`),
      verifier,
    }).log
  }
  return alice({ genesis: key('alice'), nonce: inception })
}

/** The state at the end of a way, with a document where `sequence` says so and the log allows it. */
export function stateOf(way: Way, sequence = 0): IdentityState {
  const log = logOf(way)
  if (sequence === 0 || log.deactivated) return IdentityState.of(log)
  return IdentityState.of(log, documentOf(log, signerOf(way), { sequence }))
}
