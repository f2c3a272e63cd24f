/**
 * The X25519 key that belongs to an Ed25519 key: the same point on the Montgomery form of the curve.
 *
 * Source: RFC 7748, section 4.1: u = (1 + y) / (1 - y) modulo p = 2^255 - 19.
 */
import * as ed from '@noble/ed25519'
import { isUsualPoint, PUBLIC_KEY_BYTES } from './ed25519.ts'

/**
 * 32 bytes, little-endian; `undefined` when `publicKey` is no key that the signature rule would
 * take: not 32 bytes, not canonical, of small order, or not on the curve.
 */
export function agreementKeyOf(publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== PUBLIC_KEY_BYTES || !isUsualPoint(publicKey)) return undefined
  let point: ed.Point
  try {
    point = ed.Point.fromBytes(publicKey)
  } catch {
    return undefined // not on the curve
  }
  const { p } = ed.Point.CURVE()
  const { y } = point.toAffine()
  // y is not 1: that point is of small order.
  const u = ((1n + y) * ed.etc.invert(ed.etc.mod(1n - y, p), p)) % p
  const bytes = new Uint8Array(PUBLIC_KEY_BYTES)
  for (let at = 0, rest = u; at < bytes.length; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  return bytes
}
