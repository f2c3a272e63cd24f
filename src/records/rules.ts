/**
 * Which numbered rule a fault breaks, for reports that people check against the specification:
 * docs/spec/records.md (R), docs/spec/identity.md (I), docs/spec/credential.md (V).
 */
import type { CryptoFault } from '../crypto/error.ts'
import type { IdentityFault } from '../identity/error.ts'
import type { BundleFault } from './bundle.ts'
import type { CredentialFault } from './credential-error.ts'
import type { RecordFault } from './error.ts'

type RuledFault = RecordFault | CredentialFault | IdentityFault | CryptoFault | BundleFault

/** `null`: no rule of its own, or more than one. */
const RULE: Readonly<Record<RuledFault['code'], string | null>> = {
  'record/too-large': 'R1',
  'record/unsupported': 'R1a',
  'record/malformed': 'R2',
  'record/self-vouch': 'R3',
  'record/from-future': 'R4',
  'record/expired': 'R5',
  'record/signature-invalid': 'R7',
  'record/key-unknown': 'R8',
  'record/quota': 'R10',

  'bundle/not-a-bundle': null,
  'bundle/malformed': null,
  'bundle/cut-short': null,
  'bundle/key-retired': 'I16',

  'identity/did-invalid': 'I1',
  'identity/too-large': 'I2',
  'identity/malformed': 'I4',
  'identity/log-invalid': null,
  'identity/log-full': 'I2',
  'identity/document-invalid': 'I10',
  'identity/fork-invalid': 'I12',
  'identity/other-did': null,

  'cbor/too-large': 'I2',
  'cbor/too-deep': 'I3',
  'cbor/not-canonical': 'I3',

  'credential/too-large': 'V1',
  'credential/malformed': 'V2',
  'credential/other-network': 'V3',
  'credential/record-differs': 'V4',
  'credential/issuer-forked': 'V5',
  'credential/key-unknown': 'V6',
  'credential/record-retired': 'V5',
  'credential/key-retired': 'V6',
  'credential/proof-invalid': 'V7',
  'credential/not-yet-valid': 'V8',
  'credential/expired': 'V8',
  'credential/revoked': 'V9',
}

/** The rule that a fault of this code breaks, where there is one. */
export function ruleOf(code: string): string | null {
  const table: Readonly<Record<string, string | null>> = RULE
  return (Object.hasOwn(table, code) ? table[code] : undefined) ?? null
}
