/**
 * The operational key as a libp2p peer id, and back.
 *
 * An Ed25519 peer id carries its whole key, so neither direction asks the network anything.
 */
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { PUBLIC_KEY_BYTES } from '../crypto/ed25519.ts'

/** `12D3KooW…`. @throws {RangeError} when the key is not 32 bytes. */
export function peerIdOfKey(publicKey: Uint8Array): string {
  if (publicKey.length !== PUBLIC_KEY_BYTES)
    throw new RangeError(`a key is ${PUBLIC_KEY_BYTES} bytes`)
  return peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString()
}

const PEER_ID_TEXT = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/

/** The Ed25519 key in a peer id, or `undefined` for any other text and any other kind of key. */
export function keyOfPeerId(text: string): Uint8Array | undefined {
  if (!PEER_ID_TEXT.test(text)) return undefined
  try {
    const { publicKey } = peerIdFromString(text)
    return publicKey?.type === 'Ed25519' ? publicKey.raw : undefined
  } catch {
    return undefined // the right letters, and no multihash in them
  }
}
