/** The exit code of each fault. A new fault breaks the build here, as it does at the other edges. */
import type { ApiFault } from '../api/error.ts'
import type { AnsweredFault } from '../api/status.ts'
import { AipError } from '../base/error.ts'
import { ClientError, type ClientFault } from '../sdk/error.ts'
import type { CliFault } from './error.ts'

export const EXIT = {
  ok: 0,
  failed: 1,
  /** A wrong command line, input or configuration. */
  usage: 2,
  notRunning: 3,
  /** Not found, or not known. */
  unknown: 4,
  /** Verification failed, or a policy: a score below `--min`. */
  policy: 5,
  /** Data or a peer of another version. */
  incompatible: 6,
  permission: 7,
  /** Another process runs a node in this home. */
  running: 8,
  timeout: 124,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

type ExitFault =
  AnsweredFault | ApiFault | CliFault | Exclude<ClientFault, { code: 'client/refused' }>

export const EXIT_OF: Readonly<Record<ExitFault['code'], ExitCode>> = {
  'cli/usage': EXIT.usage,
  'cli/agent-unknown': EXIT.unknown,
  'cli/agent-ambiguous': EXIT.usage,
  'cli/record-unknown': EXIT.unknown,
  'cli/record-ambiguous': EXIT.usage,
  'cli/file-unreadable': EXIT.usage,
  'cli/file-unwritable': EXIT.usage,
  'cli/line-invalid': EXIT.usage,
  'cli/confirmation-needed': EXIT.usage,
  'cli/yes-needed': EXIT.usage,
  'cli/declined': EXIT.failed,
  'cli/no-address': EXIT.failed,
  'cli/bundle-invalid': EXIT.policy,

  'client/not-running': EXIT.notRunning,
  'client/no-permission': EXIT.permission,
  'client/timeout': EXIT.timeout,
  'client/aborted': EXIT.interrupted,
  'client/answer-invalid': EXIT.incompatible,
  'client/answer-too-large': EXIT.failed,

  'api/host-refused': EXIT.permission,
  'api/target-invalid': EXIT.usage,
  'api/origin-refused': EXIT.permission,
  'api/cross-site': EXIT.permission,
  'api/token-needed': EXIT.permission,
  'api/right-missing': EXIT.permission,
  'api/media-type': EXIT.incompatible,
  'api/body-too-large': EXIT.usage,
  'api/body-invalid': EXIT.usage,
  'api/too-slow': EXIT.timeout,
  'api/input-invalid': EXIT.usage,
  'api/field-unknown': EXIT.usage,
  'api/time-past': EXIT.usage,
  'api/time-too-far': EXIT.usage,
  'api/not-found': EXIT.incompatible,
  'api/streams-busy': EXIT.failed,
  'api/token-file-invalid': EXIT.permission,
  'api/run-directory': EXIT.permission,
  'api/internal': EXIT.failed,

  'node/closing': EXIT.failed,
  'node/busy': EXIT.failed,
  'node/config-invalid': EXIT.usage,
  'node/network-unknown': EXIT.usage,
  'node/key-file-mode': EXIT.permission,
  'node/key-file-invalid': EXIT.failed,
  'node/key-file-missing': EXIT.failed,
  'node/identity-exists': EXIT.failed,
  'node/passphrase-needed': EXIT.permission,
  'node/passphrase-wrong': EXIT.permission,
  'node/passphrase-weak': EXIT.usage,
  'node/sheet-invalid': EXIT.usage,
  'node/sheet-other': EXIT.policy,
  'node/no-commitment': EXIT.failed,
  'node/deactivated': EXIT.failed,
  'node/key-retired': EXIT.failed,
  'node/credentials-invalid': EXIT.usage,
  'node/home-not-writable': EXIT.permission,
  'node/port-taken': EXIT.failed,
  'node/did-unresolved': EXIT.unknown,
  'node/record-unknown': EXIT.unknown,
  'node/agent-unknown': EXIT.unknown,
  'node/agent-ambiguous': EXIT.usage,
  'node/not-mine': EXIT.usage,
  'node/already-revoked': EXIT.failed,
  'node/promise-mismatch': EXIT.usage,
  'node/claim-invalid': EXIT.usage,
  'node/peer-address-invalid': EXIT.usage,

  'store/locked': EXIT.running,
  'store/not-writable': EXIT.permission,
  'store/corrupt': EXIT.incompatible,
  'store/half-written': EXIT.incompatible,
  'store/newer': EXIT.incompatible,
  'store/other-network': EXIT.incompatible,
  'store/disk-full': EXIT.failed,
  'store/io': EXIT.failed,
  'store/busy': EXIT.failed,
  'store/table-full': EXIT.failed,
  'store/row-too-large': EXIT.usage,
  'store/closed': EXIT.failed,

  'p2p/address-invalid': EXIT.usage,
  'p2p/invite-invalid': EXIT.usage,
  'p2p/other-network': EXIT.incompatible,
  'p2p/listen-failed': EXIT.failed,
  'p2p/dial-failed': EXIT.unknown,
  'p2p/message-too-large': EXIT.usage,

  'bundle/not-a-bundle': EXIT.usage,
  'bundle/malformed': EXIT.policy,
  'bundle/cut-short': EXIT.policy,

  'backup/not-a-backup': EXIT.usage,
  'backup/newer': EXIT.incompatible,
  'backup/damaged': EXIT.policy,
  'backup/passphrase-wrong': EXIT.permission,
  'backup/too-large': EXIT.failed,
  'backup/other-network': EXIT.incompatible,

  'record/too-large': EXIT.usage,
  'record/unsupported': EXIT.incompatible,
  'record/malformed': EXIT.usage,
  'record/self-vouch': EXIT.usage,
  'record/from-future': EXIT.policy,
  'record/expired': EXIT.policy,
  'record/signature-invalid': EXIT.policy,
  'record/key-unknown': EXIT.policy,
  'record/quota': EXIT.failed,

  'identity/did-invalid': EXIT.usage,
  'identity/too-large': EXIT.usage,
  'identity/malformed': EXIT.policy,
  'identity/log-invalid': EXIT.policy,
  'identity/log-full': EXIT.failed,
  'identity/fork-invalid': EXIT.policy,
  'identity/document-invalid': EXIT.policy,
  'identity/other-did': EXIT.policy,

  'cbor/too-large': EXIT.policy,
  'cbor/too-deep': EXIT.policy,
  'cbor/not-canonical': EXIT.policy,
}

/** For anything thrown: what the node refused counts as the node's own code says. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (!(thrown instanceof AipError)) return EXIT.failed
  const refused = thrown instanceof ClientError ? thrown.fault : undefined
  const code = refused?.code === 'client/refused' ? refused.problem : thrown.fault.code
  const table: Readonly<Record<string, ExitCode>> = EXIT_OF
  return (Object.hasOwn(table, code) ? table[code] : undefined) ?? EXIT.failed
}
