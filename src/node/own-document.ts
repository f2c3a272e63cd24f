/**
 * What this agent says of itself in the DHT: where its node can be reached.
 *
 * The document is signed anew when the addresses change or half its life is over, and not otherwise:
 * each new one has to travel to everybody who keeps the old one.
 */
import { equalBytes } from '../base/bytes.ts'
import { DAY_MS } from '../base/units.ts'
import type { Signer } from '../crypto/ed25519.ts'
import { signDocument, type DocumentContent } from '../identity/document.ts'
import { IdentityState } from '../identity/state.ts'

export const DOCUMENT_LIFETIME_MS = 30 * DAY_MS
/** Addresses in a document; the first are those that peers are told first. */
const ADDRESSES_LIMIT = 4
export const NODE_SERVICE_TYPE = 'AipNode'

/** The state with a document that says the present, or `undefined` when the one it has still does. */
export function withPresentDocument(
  state: IdentityState,
  present: {
    /** Multiaddrs, with /p2p/. */
    readonly addresses: readonly string[]
    readonly signer: Signer
    readonly network: string
    readonly nowMs: number
  },
): IdentityState | undefined {
  const { addresses, signer, network, nowMs } = present
  const [log] = state.branches
  // Nobody can say which key speaks for a forked or deactivated log.
  if (state.isForked || log.current === undefined) return undefined
  // Another key took the place of ours: what this agent says of itself is no longer ours to say.
  if (!equalBytes(log.current.key, signer.publicKey)) return undefined
  const content: DocumentContent = {
    services: addresses.slice(0, ADDRESSES_LIMIT).map((address, at) => ({
      id: `node-${at + 1}`,
      type: NODE_SERVICE_TYPE,
      endpoint: `multiaddr:${address}`,
    })),
  }
  const { document } = state
  const isYoung = document !== undefined && document.expiresAtMs - nowMs > DOCUMENT_LIFETIME_MS / 2
  if (isYoung && saysTheSame(document.content, content)) return undefined
  const sequence = Math.max(nowMs, (document?.sequence ?? 0) + 1)
  const expiresAtMs = nowMs + DOCUMENT_LIFETIME_MS
  return IdentityState.of(
    log,
    signDocument({ log, sequence, expiresAtMs, content, signer, network }),
  )
}

function saysTheSame(a: DocumentContent, b: DocumentContent): boolean {
  return endpointsOf(a) === endpointsOf(b)
}

function endpointsOf({ services = [] }: DocumentContent): string {
  return services.map(({ endpoint }) => endpoint).join(' ')
}
