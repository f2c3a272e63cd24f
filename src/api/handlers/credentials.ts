/** Credentials: my vouches for systems that know W3C's format, and theirs judged here. */
import { checkCredential, exportCredential } from '../../node/use/credentials.ts'
import type { Handlers } from '../contract.ts'
import { verdictOf } from '../credential-verdict.ts'
import type { HandlerFrame } from './frame.ts'
import { readRecordId } from './paging.ts'

export function credentialHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'exportCredential' | 'verifyCredential'> {
  return {
    exportCredential: async ({ id }) => {
      const credential = await exportCredential(node, readRecordId(id))
      const { '@context': context, type, credentialSubject, evidence, proof } = credential
      return {
        ...credential,
        '@context': [...context],
        type: [...type],
        credentialSubject: { ...credentialSubject },
        evidence: evidence.map((one) => ({ ...one })),
        proof: { ...proof },
      }
    },
    verifyCredential: async ({ credential }, { signal }) =>
      verdictOf(async () => checkCredential(node, credential, signal)),
  }
}
