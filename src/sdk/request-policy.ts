/**
 * Who signed a request and whether to serve it: what the middlewares of the frameworks share. Each of
 * them only takes a request apart and answers a refusal.
 */
import type { Output } from '../api/contract.ts'
import type { NodeClient } from './node-client.ts'

export interface Policy {
  /** The least assured score to serve; any if left out. */
  readonly min?: number
  readonly scope?: string
  /** What becomes of an agent that is unknown from here; `deny` if left out. */
  readonly onUnknown?: 'allow' | 'deny' | 'challenge'
  /** The origin that callers use, where a proxy stands before: `https://agent.example`. */
  readonly origin?: string
}

/** What a handler learns of whoever sent the request. */
export interface SignedBy {
  readonly did: string
  readonly keyId: string
  readonly state: NonNullable<Output<'verifyRequest'>['state']>
  readonly score: number | null
  readonly assured: number | null
  readonly confidence: number | null
  readonly decision: Output<'verifyRequest'>['decision']
  readonly explain: () => Promise<Output<'explanation'>>
}

export interface Incoming {
  readonly method: string
  /** Path and query, as they came. */
  readonly target: string
  readonly host: string
  readonly isSecure: boolean
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array | undefined
}

export type Outcome =
  | { readonly serve: true; readonly by: SignedBy }
  | {
      readonly serve: false
      readonly status: 401 | 403
      readonly answer: Refusal
      readonly headers: Readonly<Record<string, string>>
    }

/** A problem of RFC 9457. */
export interface Refusal {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
}

/** What a caller is asked to sign. Source: RFC 9421, section 5.1. */
const ACCEPT_SIGNATURE =
  'aip=("@method" "@authority" "@path" "@query" "content-digest");created;expires;nonce;keyid;alg="ed25519";tag="aip-node"'

export async function judge(
  node: Pick<NodeClient, 'api'>,
  incoming: Incoming,
  { origin, min, scope, onUnknown }: Policy,
): Promise<Outcome> {
  const { isSecure, host, target, body } = incoming
  const base = origin ?? `${isSecure ? 'https' : 'http'}://${host}`
  const verdict = await node.api.verifyRequest({
    method: incoming.method,
    url: `${base}${target}`,
    headers: flat(incoming.headers),
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
    ...(min === undefined ? {} : { min }),
    ...(scope === undefined ? {} : { scope }),
    ...(onUnknown === undefined ? {} : { onUnknown }),
  })
  const { did, keyId, state, score, decision } = verdict
  if (!verdict.signed || did === null || keyId === null || state === null) {
    return refused(401, 'Unauthorized', verdict.reason)
  }
  if (decision === 'deny') return refused(403, 'Forbidden', verdict.reason)
  if (decision === 'challenge') return refused(401, 'Unauthorized', verdict.reason)
  const by: SignedBy = {
    did,
    keyId,
    state,
    score: score?.score ?? null,
    assured: score?.assured ?? null,
    confidence: score?.confidence ?? null,
    decision,
    explain: async () => node.api.explanation({ did, ...(scope === undefined ? {} : { scope }) }),
  }
  return { serve: true, by }
}

function refused(status: 401 | 403, title: string, detail: string): Outcome {
  return {
    serve: false,
    status,
    answer: { type: 'about:blank', title, status, detail },
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'accept-signature': ACCEPT_SIGNATURE } : {}),
    },
  }
}

/** Only what a signature of ours can cover. */
function flat(headers: Incoming['headers']): Record<string, string> {
  const wanted = ['signature', 'signature-input', 'content-digest', 'content-type']
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === undefined || !wanted.includes(name.toLowerCase())) return []
      return [[name.toLowerCase(), typeof value === 'string' ? value : value.join(', ')]]
    }),
  )
}
