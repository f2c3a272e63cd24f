/** Text and files: what this agent signs, and what others signed. Never raw bytes. */
import { fromHex, toHex } from '../../base/bytes.ts'
import {
  parseSignature,
  signatureFields,
  textContent,
  type ContentHash,
  type ContentKind,
} from '../../identity/text-signature.ts'
import { signByNode, verifySigned } from '../../node/use/signing.ts'
import { timeText } from '../answers.ts'
import type { Handlers } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'

export function signingHandlers({
  node,
}: HandlerFrame): Pick<Handlers, 'signContent' | 'verifyContent'> {
  return {
    signContent: async (input) => {
      const content = contentOf(input.kind, input)
      if (content === undefined) throw new RangeError('the contract asks for text or a hash')
      return signatureFields(signByNode(node, content))
    },

    verifyContent: async (input, { signal }) => {
      const signed = parseSignature(input.signature)
      const content = contentOf(signed.kind, input)
      const { standing, source } = await verifySigned(node, signed, content, signal)
      return {
        did: signed.did,
        keyId: signed.keyId,
        kind: signed.kind,
        sha256: toHex(signed.hash),
        signedAt: timeText(signed.signedAtMs),
        standing,
        content: content === undefined ? 'not-compared' : 'same',
        source,
      }
    },
  }
}

function contentOf(
  kind: ContentKind,
  { text, sha256 }: { readonly text?: string | undefined; readonly sha256?: string | undefined },
): ContentHash | undefined {
  if (text !== undefined) return textContent(text)
  return sha256 === undefined ? undefined : { kind, hash: fromHex(sha256) }
}
