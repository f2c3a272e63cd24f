/**
 * A DID document in the words of W3C: what resolvers hand out.
 *
 * It is a view, made on demand; nothing of it is signed or stored. Sources: W3C DID Core 1.0,
 * sections 4 and 5; W3C Controlled Identifiers, Multikey.
 */
import { multikeyText } from '../crypto/multibase.ts'
import { didKeyOf } from './did.ts'
import type { Did } from './did.ts'
import type { Service } from './document-content.ts'
import type { Epoch } from './key-place.ts'

/** Of a document whose keys are Multikeys. */
export const CONTEXTS = [
  'https://www.w3.org/ns/did/v1',
  'https://w3id.org/security/multikey/v1',
] as const

export interface VerificationMethod {
  readonly id: string
  readonly type: 'Multikey'
  readonly controller: Did
  readonly publicKeyMultibase: string
}

export interface DidDocument {
  readonly '@context': readonly string[]
  readonly id: Did
  readonly alsoKnownAs: readonly string[]
  readonly verificationMethod?: readonly VerificationMethod[]
  readonly authentication?: readonly string[]
  readonly assertionMethod?: readonly string[]
  readonly keyAgreement?: readonly VerificationMethod[]
  readonly service?: readonly {
    readonly id: string
    readonly type: string
    readonly serviceEndpoint: string
  }[]
}

export function didDocumentOf(parts: {
  readonly did: Did
  readonly genesisKey: Uint8Array
  /** `undefined`: no key signs for the agent now, or nobody can say which one. */
  readonly current: Epoch | undefined
  readonly services: readonly Service[]
  readonly alsoKnownAs: readonly string[]
  readonly keyAgreement: readonly string[]
}): DidDocument {
  const { did, genesisKey, current, services, keyAgreement } = parts
  const method = (fragment: string, publicKeyMultibase: string): VerificationMethod => ({
    id: `${did}#${fragment}`,
    type: 'Multikey',
    controller: did,
    publicKeyMultibase,
  })
  const signing =
    current && method(`k${current.generation}.${current.rotation}`, multikeyText(current.key))
  return {
    '@context': CONTEXTS,
    id: did,
    alsoKnownAs: [...new Set([didKeyOf(genesisKey), ...parts.alsoKnownAs])],
    ...(signing !== undefined && {
      verificationMethod: [signing],
      authentication: [signing.id],
      assertionMethod: [signing.id],
    }),
    ...(keyAgreement.length > 0 && {
      keyAgreement: keyAgreement.map((text, at) => method(`x${at}`, text)),
    }),
    ...(services.length > 0 && {
      service: services.map(({ id, type, endpoint }) => ({
        id: `${did}#${id}`,
        type,
        serviceEndpoint: endpoint,
      })),
    }),
  }
}
