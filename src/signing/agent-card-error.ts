import { AipError } from '../base/error.ts'

/** What can be wrong with an AgentCard of A2A, or with its signature. Listed in docs/errors.md. */
export type AgentCardFault =
  | { readonly code: 'card/too-large'; readonly bytes: number; readonly limitBytes: number }
  | { readonly code: 'card/malformed'; readonly path: string }
  | { readonly code: 'card/field-unknown'; readonly path: string }
  | { readonly code: 'card/unsigned' }
  | { readonly code: 'card/no-agent-key' }
  | { readonly code: 'card/other-agent'; readonly did: string; readonly signer: string }
  | { readonly code: 'card/other-log'; readonly did: string }
  | { readonly code: 'card/key-unknown'; readonly keyId: string }
  | { readonly code: 'card/key-retired'; readonly keyId: string; readonly reason: string }
  | { readonly code: 'card/signature-invalid'; readonly keyId: string }

export class AgentCardError extends AipError<AgentCardFault> {
  override readonly name = 'AgentCardError'

  constructor(fault: AgentCardFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: AgentCardFault): string {
  switch (fault.code) {
    case 'card/too-large':
      return `The AgentCard is ${fault.bytes} bytes; the limit is ${fault.limitBytes}.`
    case 'card/malformed':
      return `This is not an AgentCard of A2A 1.0: it does not fit at "${fault.path}".`
    case 'card/field-unknown':
      return `A2A 1.0 knows no field "${fault.path}", so its signatures leave it out.`
    case 'card/unsigned':
      return 'The AgentCard is not signed.'
    case 'card/no-agent-key':
      return 'No signature of the AgentCard is by the key of a did:aip, with EdDSA.'
    case 'card/other-agent':
      return `The AgentCard says that it is of ${fault.did}, and is signed by ${fault.signer}.`
    case 'card/other-log':
      return `The AgentCard names another inception than the key log of ${fault.did} has.`
    case 'card/key-unknown':
      return `The key log has no key ${fault.keyId}.`
    case 'card/key-retired':
      return `The AgentCard is signed with ${fault.keyId}, which does not speak for its agent: ${fault.reason}.`
    case 'card/signature-invalid':
      return `The signature is not by the key ${fault.keyId}, or the AgentCard was changed.`
  }
}
