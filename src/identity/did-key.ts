/**
 * `did:key`: a document that follows from the name alone. Nobody is asked, and nothing can change.
 *
 * Ed25519 only. The X25519 key for encryption is derived from it, as the method says. Source: W3C
 * CCG, "The did:key Method", section 3.1.
 */
import { agreementMultikeyText, anyMultikey } from '../crypto/multibase.ts'
import { PUBLIC_KEY_BYTES } from '../crypto/ed25519.ts'
import { agreementKeyOf } from '../crypto/x25519.ts'
import { CONTEXTS } from './did-document.ts'
import { DidError } from './did-error.ts'

/** Multicodec ed25519-pub. */
const ED25519_CODE = 0xed

interface KeyMethod {
  readonly id: string
  readonly type: 'Multikey'
  readonly controller: string
  readonly publicKeyMultibase: string
}

export interface DidKeyDocument {
  readonly '@context': readonly string[]
  readonly id: string
  readonly verificationMethod: readonly KeyMethod[]
  readonly authentication: readonly string[]
  readonly assertionMethod: readonly string[]
  readonly capabilityInvocation: readonly string[]
  readonly capabilityDelegation: readonly string[]
  readonly keyAgreement: readonly string[]
}

/**
 * The document of a `did:key`.
 *
 * @param id  What follows `did:key:`: a Multikey, or `1:` and a Multikey.
 * @throws {DidError} `did/invalid`, `did/key-type-unsupported`, `did/key-length-invalid`,
 *   `did/key-invalid`: the errors invalidDid, unsupportedPublicKeyType, invalidPublicKeyLength and
 *   invalidPublicKey of the method.
 */
export function didKeyDocument(id: string): DidKeyDocument {
  const did = `did:key:${id}`
  const text = id.startsWith('1:') ? id.slice(2) : id
  const decoded = anyMultikey(text)
  if (decoded === undefined) {
    throw new DidError({ code: 'did/invalid', reason: 'a did:key is "z" and base58 of a key' })
  }
  const { code, key } = decoded
  if (code !== ED25519_CODE) throw new DidError({ code: 'did/key-type-unsupported' })
  if (key.length !== PUBLIC_KEY_BYTES) {
    throw new DidError({ code: 'did/key-length-invalid', bytes: key.length })
  }
  const agreement = agreementKeyOf(key)
  if (agreement === undefined) throw new DidError({ code: 'did/key-invalid' })

  const method = (publicKeyMultibase: string): KeyMethod => ({
    id: `${did}#${publicKeyMultibase}`,
    type: 'Multikey',
    controller: did,
    publicKeyMultibase,
  })
  const signing = method(text)
  const encryption = method(agreementMultikeyText(agreement))
  return {
    '@context': CONTEXTS,
    id: did,
    verificationMethod: [signing, encryption],
    authentication: [signing.id],
    assertionMethod: [signing.id],
    capabilityInvocation: [signing.id],
    capabilityDelegation: [signing.id],
    keyAgreement: [encryption.id],
  }
}
