/**
 * A vouch in the words of W3C: a Verifiable Credential 2.0, for systems that know nothing of records.
 *
 * What it says follows from the record alone, so that it can be made again and compared; the record
 * itself travels inside, signed. Who signs the credential, and who believes it, is in
 * `credential-proof.ts`. Specification: docs/spec/credential.md. Source: W3C Verifiable Credentials
 * Data Model 2.0, section 4.
 */
import { toHex } from '../base/bytes.ts'
import { base64urlText } from '../crypto/multibase.ts'
import type { Did } from '../identity/did.ts'
import type { RecordId, Vouch } from './record.ts'
import { recordIdText } from './wire.ts'

/** The names of our terms begin so. A UUID, because this project owns no domain to name them by. */
const VOCABULARY = 'urn:uuid:40b80313-4022-486d-a8b8-300e821e4930#'

const TERMS = [
  'AipVouchCredential',
  'AipRecord',
  'scope',
  'level',
  'statement',
  'inception',
  'record',
  'network',
  'recordBytes',
] as const

/**
 * The second context holds itself: a `data:` URL needs no network, is signed like any other, and is
 * one string, which is how verifiers compare the context of a proof with that of its document.
 */
export const CREDENTIAL_CONTEXTS = [
  'https://www.w3.org/ns/credentials/v2',
  `data:application/ld+json,${encodeURIComponent(
    JSON.stringify({
      '@context': {
        '@protected': true,
        ...Object.fromEntries(TERMS.map((term) => [term, `${VOCABULARY}${term}`])),
      },
    }),
  )}`,
] as const

/** A credential without its proof. */
export interface VouchCredential {
  readonly '@context': readonly string[]
  readonly id: string
  readonly type: readonly string[]
  readonly issuer: Did
  /** RFC 3339: when the vouch was issued, and when it expires. */
  readonly validFrom: string
  readonly validUntil: string
  readonly credentialSubject: {
    readonly id: Did
    readonly scope: string
    /** (0, 1], in thousandths. */
    readonly level: number
    readonly statement?: string
    /** Hash of the subject's inception, in hex. */
    readonly inception: string
  }
  readonly evidence: readonly [
    {
      readonly type: readonly string[]
      /** The record's id: a CIDv1. */
      readonly record: string
      readonly network: string
      /** The record as its issuer signed it, in multibase. */
      readonly recordBytes: string
    },
  ]
}

/** What a vouch says, as a credential. The same record always gives the same credential. */
export function vouchCredential(
  vouch: { readonly id: RecordId; readonly record: Vouch; readonly bytes: Uint8Array },
  network: string,
): VouchCredential {
  const { id, record, bytes } = vouch
  return {
    '@context': CREDENTIAL_CONTEXTS,
    id: `${record.issuer}/records/${recordIdText(id)}`,
    type: ['VerifiableCredential', 'AipVouchCredential'],
    issuer: record.issuer,
    validFrom: new Date(record.issuedAtMs).toISOString(),
    validUntil: new Date(record.expiresAtMs).toISOString(),
    credentialSubject: {
      id: record.subject,
      scope: record.scope,
      level: record.level / 1_000,
      ...(record.statement !== undefined && { statement: record.statement }),
      inception: toHex(record.inception),
    },
    evidence: [
      {
        type: ['AipRecord'],
        record: recordIdText(id),
        network,
        recordBytes: base64urlText(bytes),
      },
    ],
  }
}
