/**
 * Signatures that cost nothing and nobody else in a run can make by chance: hashes in the form of
 * signatures. They stand in for Ed25519, whose rule has tests of its own.
 */
import { createHash } from 'node:crypto'
import { equalBytes, textBytes } from '../../../src/base/bytes.ts'
import type { SignatureCheck, Signer, Verifier } from '../../../src/crypto/ed25519.ts'

function hashOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

/** With the bits cleared that would make it no canonical point, or no scalar below the order. */
function masked(bytes: Uint8Array): Uint8Array {
  bytes[31] = (bytes[31] ?? 0) & 0x0f
  return bytes
}

const [FIRST, SECOND] = [textBytes('first half'), textBytes('second half')]

function signatureOf(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const first = masked(hashOf(FIRST, publicKey, message))
  const signature = new Uint8Array(64)
  signature.set(first)
  signature.set(masked(hashOf(SECOND, first)), 32)
  return signature
}

/** The same name, the same key. */
export function signerOf(name: string): Signer {
  const publicKey = masked(hashOf(textBytes(name)))
  return { publicKey, sign: (message) => signatureOf(publicKey, message) }
}

function isSound({ publicKey, message, signature }: SignatureCheck): boolean {
  return equalBytes(signatureOf(publicKey, message), signature)
}

export const simulatedVerifier: Verifier = {
  verifyNow: isSound,
  verify: (check) => Promise.resolve(isSound(check)),
}
