import { AipError } from '../../base/error.ts'

/** What can be wrong with a backup. Listed in docs/errors.md. */
export type BackupFault =
  | { readonly code: 'backup/not-a-backup' }
  | { readonly code: 'backup/newer'; readonly version: string }
  | { readonly code: 'backup/damaged'; readonly reason: string }
  | { readonly code: 'backup/passphrase-wrong' }
  | { readonly code: 'backup/too-large'; readonly limitBytes: number }
  | { readonly code: 'backup/other-network'; readonly network: string; readonly expected: string }

export class BackupError extends AipError<BackupFault> {
  override readonly name = 'BackupError'

  constructor(fault: BackupFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: BackupFault): string {
  switch (fault.code) {
    case 'backup/not-a-backup':
      return 'The file is not a backup: it does not begin with "aip-backup:v1".'
    case 'backup/newer':
      return `The backup was made by a newer version of the node (format ${fault.version}).`
    case 'backup/damaged':
      return `The backup is damaged: ${fault.reason}.`
    case 'backup/passphrase-wrong':
      return 'The passphrase does not open the backup, or the file was altered.'
    case 'backup/too-large':
      return `A backup has at most ${fault.limitBytes} bytes.`
    case 'backup/other-network':
      return `The backup is of the network "${fault.network}", and this home is for "${fault.expected}": name the other with --network.`
  }
}
