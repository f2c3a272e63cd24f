import { AipError } from '../base/error.ts'

/** What the node itself cannot do, and what its operator can do about it. Listed in docs/errors.md. */
export type NodeFault =
  | { readonly code: 'node/closing' }
  | { readonly code: 'node/busy' }
  | { readonly code: 'node/loading'; readonly done: number; readonly total: number }
  | { readonly code: 'node/config-invalid'; readonly where: string; readonly problem: string }
  | { readonly code: 'node/network-unknown'; readonly name: string; readonly known: string }
  | { readonly code: 'node/key-file-mode'; readonly path: string; readonly mode: string }
  | { readonly code: 'node/key-file-invalid'; readonly path: string; readonly reason: string }
  | {
      readonly code: 'node/pre-shared-key-invalid'
      readonly path: string
      readonly reason: string
    }
  | { readonly code: 'node/key-file-missing'; readonly path: string }
  | { readonly code: 'node/identity-exists'; readonly did: string }
  | { readonly code: 'node/passphrase-needed'; readonly path: string }
  | { readonly code: 'node/passphrase-wrong'; readonly path: string }
  | {
      readonly code: 'node/passphrase-weak'
      readonly leastChars: number
      readonly limitChars: number
    }
  | { readonly code: 'node/sheet-invalid'; readonly reason: string }
  | { readonly code: 'node/sheet-other'; readonly did: string }
  | { readonly code: 'node/no-commitment'; readonly what: 'rotation' | 'recovery' }
  | { readonly code: 'node/deactivated'; readonly did: string }
  | { readonly code: 'node/key-retired'; readonly did: string }
  | { readonly code: 'node/credentials-invalid'; readonly reason: string }
  | { readonly code: 'node/home-not-writable'; readonly path: string; readonly reason: string }
  | { readonly code: 'node/port-taken'; readonly port: number; readonly flag: string }
  | { readonly code: 'node/did-unresolved'; readonly did: string }
  | { readonly code: 'node/no-current-key'; readonly did: string; readonly reason: string }
  | { readonly code: 'node/self' }
  | { readonly code: 'node/offline' }
  | { readonly code: 'node/web-bot-auth-off' }
  | { readonly code: 'node/branch-unknown'; readonly branch: string }
  | { readonly code: 'node/record-unknown'; readonly id: string }
  | { readonly code: 'node/agent-unknown'; readonly query: string }
  | { readonly code: 'node/agent-ambiguous'; readonly query: string; readonly matches: string }
  | { readonly code: 'node/not-mine'; readonly id: string }
  | { readonly code: 'node/already-revoked'; readonly id: string }
  | { readonly code: 'node/promise-mismatch'; readonly reason: string }
  | { readonly code: 'node/claim-invalid'; readonly reason: string }
  | { readonly code: 'node/peer-address-invalid'; readonly reason: string }

export class NodeError extends AipError<NodeFault> {
  override readonly name = 'NodeError'

  constructor(fault: NodeFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: NodeFault): string {
  switch (fault.code) {
    case 'node/closing':
      return 'The node is shutting down.'
    case 'node/busy':
      return 'The node cannot take this now; nothing was changed. Try again.'
    case 'node/loading':
      return `The node is still loading: ${fault.done} of ${fault.total} records are in its view. Try again.`
    case 'node/config-invalid':
      return `The setting ${fault.where} is not valid: ${fault.problem}.`
    case 'node/network-unknown':
      return `There is no network "${fault.name}". Known: ${fault.known}; or name a JSON file.`
    case 'node/key-file-mode':
      return `The key file ${fault.path} has mode ${fault.mode}, so others may read it. Run: chmod 600 ${fault.path}`
    case 'node/key-file-invalid':
      return `The key file ${fault.path} cannot be used: ${fault.reason}.`
    case 'node/pre-shared-key-invalid':
      return `The pre-shared key file ${fault.path} cannot be used: ${fault.reason}.`
    case 'node/key-file-missing':
      return `The key file ${fault.path} is missing, but the data beside it belongs to an identity. Restore it from a backup.`
    case 'node/identity-exists':
      return `This home already holds the identity ${fault.did}.`
    case 'node/passphrase-needed':
      return `The file ${fault.path} is encrypted: name a file with its passphrase by --passphrase-file or AIP_NODE_PASSPHRASE_FILE, or run the command on a terminal.`
    case 'node/passphrase-wrong':
      return `The passphrase does not open ${fault.path}, or the file was altered.`
    case 'node/passphrase-weak':
      return `A passphrase has ${fault.leastChars} to ${fault.limitChars} characters.`
    case 'node/sheet-invalid':
      return `That is no recovery sheet: ${fault.reason}.`
    case 'node/sheet-other':
      return `The recovery sheet does not belong to ${fault.did}.`
    case 'node/no-commitment':
      return `This identity committed to no ${fault.what} key: it was made without a recovery sheet.`
    case 'node/deactivated':
      return `The identity ${fault.did} is deactivated: it signs nothing any more.`
    case 'node/key-retired':
      return `The key of this home is not the present key of ${fault.did} any more: another was installed elsewhere. Restore a later backup, or run "aip-node recover".`
    case 'node/credentials-invalid':
      return `The credentials cannot be taken over: ${fault.reason}.`
    case 'node/home-not-writable':
      return `The data directory ${fault.path} cannot be written: ${fault.reason}.`
    case 'node/port-taken':
      return `Port ${fault.port} is taken by another program. Choose another with ${fault.flag}.`
    case 'node/did-unresolved':
      return `No key log for ${fault.did} is held here, by the connected peers, or in the DHT.`
    case 'node/no-current-key':
      return `No key speaks for ${fault.did} now: ${fault.reason}.`
    case 'node/self':
      return 'That is this node itself.'
    case 'node/web-bot-auth-off':
      return 'this node signs for no web site: set webBotAuth.agent to the origin of yours'
    case 'node/offline':
      return 'This node runs with the profile "offline" and dials nobody.'
    case 'node/branch-unknown':
      return `No key log of the agent, or more than one, has the inception or head "${fault.branch}".`
    case 'node/record-unknown':
      return `No record ${fault.id} is held here.`
    case 'node/agent-unknown':
      return `No agent here is called "${fault.query}".`
    case 'node/agent-ambiguous':
      return `"${fault.query}" could be any of: ${fault.matches}.`
    case 'node/not-mine':
      return `The record ${fault.id} was not issued by this node.`
    case 'node/already-revoked':
      return `The vouch ${fault.id} is revoked already.`
    case 'node/promise-mismatch':
      return `The promise does not fit: ${fault.reason}.`
    case 'node/claim-invalid':
      return `The claim cannot be signed: ${fault.reason}.`
    case 'node/peer-address-invalid':
      return `That is not an address of a peer: ${fault.reason}.`
  }
}
