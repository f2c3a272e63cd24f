/** The HTTP status of each fault: the only place that knows both. A new fault breaks the build here. */
import type { CryptoFault } from '../crypto/error.ts'
import type { DidFault } from '../identity/did-error.ts'
import type { ChallengeFault } from '../identity/challenge-error.ts'
import type { IdentityFault } from '../identity/error.ts'
import type { SignatureFault } from '../identity/signature-error.ts'
import type { BackupFault } from '../node/backup/error.ts'
import type { NodeFault } from '../node/error.ts'
import type { NetworkFault } from '../p2p/error.ts'
import type { BundleFault } from '../records/bundle.ts'
import type { CredentialFault } from '../records/credential-error.ts'
import type { RecordFault } from '../records/error.ts'
import type { AgentCardFault } from '../signing/agent-card-error.ts'
import type { StoreFault } from '../store/error.ts'
import type { ApiFault } from './error.ts'

export type AnsweredFault =
  | ApiFault
  | NodeFault
  | StoreFault
  | NetworkFault
  | RecordFault
  | BundleFault
  | CredentialFault
  | BackupFault
  | IdentityFault
  | DidFault
  | ChallengeFault
  | SignatureFault
  | AgentCardFault
  | CryptoFault

export const HTTP_STATUS: Readonly<Record<AnsweredFault['code'], number>> = {
  'api/host-refused': 421,
  'api/target-invalid': 400,
  'api/origin-refused': 403,
  'api/cross-site': 403,
  'api/token-needed': 401,
  'api/right-missing': 403,
  'api/media-type': 415,
  'api/body-too-large': 413,
  'api/body-invalid': 400,
  'api/too-slow': 408,
  'api/input-invalid': 400,
  'api/field-unknown': 400,
  'api/time-past': 400,
  'api/time-too-far': 400,
  'api/idempotency-key-invalid': 400,
  'api/idempotency-key-reused': 422,
  'api/too-many-requests': 429,
  'api/lab-off': 404,
  'api/not-found': 404,
  'api/streams-busy': 503,
  'api/token-file-invalid': 500,
  'api/tokens-full': 409,
  'api/code-refused': 403,
  'api/run-directory': 500,
  'api/internal': 500,

  'node/closing': 503,
  'node/busy': 503,
  'node/loading': 503,
  'node/config-invalid': 400,
  'node/network-unknown': 400,
  'node/key-file-mode': 500,
  'node/key-file-invalid': 500,
  'node/pre-shared-key-invalid': 500,
  'node/key-file-missing': 500,
  'node/identity-exists': 409,
  'node/passphrase-needed': 500,
  'node/passphrase-wrong': 500,
  'node/passphrase-weak': 400,
  'node/sheet-invalid': 400,
  'node/sheet-other': 400,
  'node/no-commitment': 409,
  'node/deactivated': 409,
  'node/key-retired': 409,
  'node/credentials-invalid': 400,
  'node/home-not-writable': 500,
  'node/port-taken': 500,
  'node/did-unresolved': 404,
  'node/no-current-key': 409,
  'node/self': 400,
  'node/offline': 409,
  'node/web-bot-auth-off': 409,
  'node/branch-unknown': 404,
  'node/record-unknown': 404,
  'node/agent-unknown': 404,
  'node/agent-ambiguous': 409,
  'node/not-mine': 403,
  'node/already-revoked': 409,
  'node/promise-mismatch': 400,
  'node/claim-invalid': 400,
  'node/peer-address-invalid': 400,

  'store/locked': 503,
  'store/not-writable': 500,
  'store/corrupt': 500,
  'store/half-written': 500,
  'store/newer': 500,
  'store/other-network': 500,
  'store/disk-full': 507,
  'store/io': 500,
  'store/busy': 503,
  'store/table-full': 507,
  'store/row-too-large': 413,
  'store/closed': 503,

  'p2p/address-invalid': 400,
  'p2p/invite-invalid': 400,
  'p2p/other-network': 409,
  'p2p/listen-failed': 500,
  'p2p/dial-failed': 502,
  'p2p/transport-off': 400,
  'p2p/no-common-key': 502,
  'p2p/deny-invalid': 400,
  'p2p/deny-full': 507,
  'p2p/peer-unreachable': 502,
  'p2p/other-key': 409,
  'p2p/message-too-large': 413,

  'bundle/not-a-bundle': 400,
  'bundle/malformed': 400,
  'bundle/cut-short': 400,
  'bundle/key-retired': 400,

  'backup/not-a-backup': 400,
  'backup/newer': 400,
  'backup/damaged': 400,
  'backup/passphrase-wrong': 400,
  'backup/too-large': 413,
  'backup/other-network': 409,

  'record/too-large': 413,
  'record/unsupported': 400,
  'record/malformed': 400,
  'record/self-vouch': 400,
  'record/from-future': 400,
  'record/expired': 400,
  'record/signature-invalid': 400,
  'record/key-unknown': 404,
  'record/quota': 409,

  'credential/too-large': 413,
  'credential/malformed': 400,
  'credential/other-network': 409,
  'credential/record-differs': 400,
  'credential/issuer-forked': 409,
  'credential/key-unknown': 404,
  'credential/record-retired': 400,
  'credential/key-retired': 400,
  'credential/proof-invalid': 400,
  'credential/not-yet-valid': 400,
  'credential/expired': 400,
  'credential/revoked': 400,

  'identity/did-invalid': 400,
  'identity/too-large': 413,
  'identity/malformed': 400,
  'identity/log-full': 409,
  'identity/fork-invalid': 400,
  'identity/log-invalid': 400,
  'identity/document-invalid': 400,
  'identity/other-did': 400,

  'did/invalid': 400,
  'did/url-invalid': 400,
  'did/method-unsupported': 501,
  'did/feature-unsupported': 501,
  'did/representation-unsupported': 406,
  'did/fragment-unknown': 404,
  'did/document-invalid': 500,
  'did/key-type-unsupported': 501,
  'did/key-length-invalid': 400,
  'did/key-invalid': 400,
  'did/web-off': 501,
  'did/web-refused': 404,
  'did/web-unreachable': 404,
  'challenge/malformed': 400,
  'challenge/other-network': 403,
  'challenge/one-agent': 403,
  'challenge/other-agent': 403,
  'challenge/other-role': 403,
  'challenge/expired': 403,
  'challenge/too-far-ahead': 403,
  'challenge/origin-not-served': 403,
  'challenge/other-origin': 403,
  'challenge/other-terms': 403,
  'challenge/nonce-unknown': 403,
  'challenge/replayed': 403,
  'challenge/key-not-current': 403,
  'challenge/signature-invalid': 403,

  'signature/malformed': 400,
  'signature/from-future': 403,
  'signature/other-content': 403,
  'signature/key-unknown': 403,
  'signature/invalid': 403,
  'signature/path-unsupported': 400,
  'signature/too-many-files': 413,

  'card/too-large': 413,
  'card/malformed': 400,
  'card/field-unknown': 400,
  'card/unsigned': 403,
  'card/no-agent-key': 403,
  'card/other-agent': 403,
  'card/other-log': 403,
  'card/key-unknown': 403,
  'card/key-retired': 403,
  'card/signature-invalid': 403,

  'cbor/too-large': 413,
  'cbor/too-deep': 400,
  'cbor/not-canonical': 400,
}

/** Of any code: 500 for one that no table knows. */
export function httpStatusOf(code: string): number {
  const table: Readonly<Record<string, number>> = HTTP_STATUS
  return (Object.hasOwn(table, code) ? table[code] : undefined) ?? 500
}
