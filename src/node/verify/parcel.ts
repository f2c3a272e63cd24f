/**
 * Signature checks on their way to another thread, in one buffer that changes hands without a copy:
 * for each check the length of its message (4 bytes, little-endian), key, signature and message.
 */
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../../crypto/ed25519.ts'
import type { SignatureCheck } from '../../crypto/ed25519.ts'

const LENGTH_BYTES = 4
const HEAD_BYTES = LENGTH_BYTES + PUBLIC_KEY_BYTES + SIGNATURE_BYTES

/** @param checks  keys and signatures of their right sizes: strict ones. */
export function packChecks(checks: readonly SignatureCheck[]): Uint8Array<ArrayBuffer> {
  let size = 0
  for (const { message } of checks) size += HEAD_BYTES + message.length
  const parcel = new Uint8Array(size)
  const lengths = new DataView(parcel.buffer)
  let at = 0
  for (const { message, signature, publicKey } of checks) {
    lengths.setUint32(at, message.length, true)
    parcel.set(publicKey, at + LENGTH_BYTES)
    parcel.set(signature, at + LENGTH_BYTES + PUBLIC_KEY_BYTES)
    parcel.set(message, at + HEAD_BYTES)
    at += HEAD_BYTES + message.length
  }
  return parcel
}

/** Windows of the parcel, in the order in which they were packed. */
export function unpackChecks(parcel: Uint8Array): readonly SignatureCheck[] {
  const lengths = new DataView(parcel.buffer, parcel.byteOffset, parcel.length)
  const checks: SignatureCheck[] = []
  for (let at = 0; at < parcel.length;) {
    const keyAt = at + LENGTH_BYTES
    const signatureAt = keyAt + PUBLIC_KEY_BYTES
    const messageAt = at + HEAD_BYTES
    const end = messageAt + lengths.getUint32(at, true)
    checks.push({
      publicKey: parcel.subarray(keyAt, signatureAt),
      signature: parcel.subarray(signatureAt, messageAt),
      message: parcel.subarray(messageAt, end),
    })
    at = end
  }
  return checks
}

/** What a thread says of a check. Of one that it could not decide, the thread pool is asked. */
export const VERDICT = { unsound: 0, sound: 1, undecided: 2 } as const
