import { AipError } from '../base/error.ts'
import type { Did } from './did.ts'
import type { KeyFlaw } from './present-key.ts'

/** What can be wrong with a challenge, or with a proof that answers one. Listed in docs/errors.md. */
export type ChallengeFault =
  | { readonly code: 'challenge/malformed'; readonly field: string }
  | {
      readonly code: 'challenge/other-network'
      readonly network: string
      readonly expected: string
    }
  | { readonly code: 'challenge/one-agent' }
  | { readonly code: 'challenge/other-agent'; readonly did: Did }
  | { readonly code: 'challenge/other-role' }
  | { readonly code: 'challenge/expired' }
  | { readonly code: 'challenge/too-far-ahead'; readonly limitMs: number }
  | { readonly code: 'challenge/origin-not-served'; readonly origin: string }
  | { readonly code: 'challenge/other-origin'; readonly origin: string; readonly expected: string }
  | { readonly code: 'challenge/other-terms'; readonly field: 'purpose' | 'expiresAt' }
  | { readonly code: 'challenge/nonce-unknown' }
  | { readonly code: 'challenge/replayed' }
  | { readonly code: 'challenge/key-not-current'; readonly did: Did; readonly reason: KeyFlaw }
  | { readonly code: 'challenge/signature-invalid'; readonly did: Did }

export class ChallengeError extends AipError<ChallengeFault> {
  override readonly name = 'ChallengeError'

  constructor(fault: ChallengeFault, options?: ErrorOptions) {
    super(fault, sentence(fault), options)
  }
}

function sentence(fault: ChallengeFault): string {
  switch (fault.code) {
    case 'challenge/malformed':
      return `The challenge is not well formed at "${fault.field}".`
    case 'challenge/other-network':
      return `The challenge is for the network "${fault.network}"; this node is on "${fault.expected}".`
    case 'challenge/one-agent':
      return 'Asker and answerer of the challenge are one agent.'
    case 'challenge/other-agent':
      return `The challenge does not concern ${fault.did} in that place.`
    case 'challenge/other-role':
      return 'The proof was signed in the other role.'
    case 'challenge/expired':
      return 'The challenge has expired.'
    case 'challenge/too-far-ahead':
      return `The challenge would expire more than ${fault.limitMs} ms from now.`
    case 'challenge/origin-not-served':
      return `This agent does not serve the origin ${fault.origin}. If it does, name it in the setting "origins".`
    case 'challenge/other-origin':
      return `The proof is for the origin ${fault.origin}; the challenge was for ${fault.expected}.`
    case 'challenge/other-terms':
      return `The proof has another "${fault.field}" than the challenge.`
    case 'challenge/nonce-unknown':
      return 'The nonce was not given out by this node, or is forgotten.'
    case 'challenge/replayed':
      return 'The nonce was used before.'
    case 'challenge/key-not-current':
      return `The key is not the one that speaks for ${fault.did} now: ${fault.reason}.`
    case 'challenge/signature-invalid':
      return `The proof is not signed by the current key of ${fault.did} on this network.`
  }
}
