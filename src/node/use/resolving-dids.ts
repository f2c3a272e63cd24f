/**
 * Who is this, for a DID of any method that this node knows, and how sure is the answer: `did:aip`
 * from the network, `did:key` from the name itself, `did:web` from its host if the operator wants it.
 *
 * For `did:aip` a value that was confirmed lately is given at once. An older one is confirmed first,
 * and given as stale when nobody answers. Specification: docs/spec/resolution.md.
 */
import { SECOND_MS } from '../../base/units.ts'
import { parseDid, type Did } from '../../identity/did.ts'
import { DidError } from '../../identity/did-error.ts'
import { didKeyDocument, type DidKeyDocument } from '../../identity/did-key.ts'
import { parseDidUrl } from '../../identity/did-url.ts'
import type { DidWeb, DidWebFound } from '../did-web/did-web.ts'
import type { LocalNotes } from '../local-notes.ts'
import { askAround, limited } from './asking-around.ts'
import type { ForkViewer } from './forks.ts'
import { resolve, type Resolved, type Resolution, type Resolver } from './resolving.ts'

/** How long the confirmation of a value that is held may take before it is given as stale. */
const CONFIRM_LIMIT_MS = 6 * SECOND_MS

export interface ResolvedAip extends Omit<Resolved, 'source'> {
  readonly method: 'aip'
  /** How it was obtained. `pinned`: held, and pinned by the operator, so it need not be fresh. */
  readonly source: Resolution['source'] | 'pinned'
  /** When somebody last confirmed it, in milliseconds since 1970; this very moment for one's own. */
  readonly confirmedAtMs: number | undefined
  /** It is older than it should be, and nobody who was asked knew more. */
  readonly isStale: boolean
  /** At best the DHT alone has said so since the start: no peer that is connected, nor its own node. */
  readonly isUnconfirmed: boolean
}

export type ResolvedDid =
  | ResolvedAip
  | { readonly method: 'key'; readonly document: DidKeyDocument }
  | ({ readonly method: 'web' } & DidWebFound)

export interface DidResolver extends Resolver, ForkViewer {
  readonly notes: Pick<LocalNotes, 'pins' | 'named'>
  /** Absent unless the setting `resolve.didWeb` is on. */
  readonly didWeb: DidWeb | undefined
}

export interface ResolvingOptions {
  /** Ask others even when what is held is fresh. */
  readonly noCache: boolean
  readonly signal?: AbortSignal
}

/**
 * @throws {DidError} when the text is no DID, its method is not known here, or its document cannot be
 *   had; {IdentityError} `identity/did-invalid`; {NodeError} `node/did-unresolved`, `node/busy`.
 */
export async function resolveDid(
  node: DidResolver,
  text: string,
  options: ResolvingOptions,
): Promise<ResolvedDid> {
  const { did, method, id } = parseDidUrl(text)
  if (did !== text) throw new DidError({ code: 'did/invalid', reason: 'it goes on after the DID' })
  switch (method) {
    case 'aip':
      return resolveAip(node, parseDid(did), options)
    case 'key':
      return { method: 'key', document: didKeyDocument(id) }
    case 'web': {
      if (node.didWeb === undefined) throw new DidError({ code: 'did/web-off' })
      return { method: 'web', ...(await node.didWeb.resolve(id, options.signal)) }
    }
    default:
      throw new DidError({ code: 'did/method-unsupported', method })
  }
}

async function resolveAip(
  node: DidResolver,
  did: Did,
  { noCache, signal }: ResolvingOptions,
): Promise<ResolvedAip> {
  const { confirmations, identities, notes } = node
  const isHeld = identities.get(did) !== undefined
  const isMine = did === node.did
  const isPinned = notes.pins.has(did)
  const asks =
    isHeld && !isMine && (noCache || (!isPinned && confirmations.isDue(did, node.clock())))
  const answered = asks ? await askAround(node, did, limited(CONFIRM_LIMIT_MS, signal)) : undefined
  signal?.throwIfAborted()

  const found = await resolve(node, did, signal)
  const nowMs = node.clock()
  const isFresh = isMine || confirmations.isFresh(did, nowMs)
  return {
    ...found,
    method: 'aip',
    source: answered?.source ?? (found.source === 'store' && isPinned ? 'pinned' : found.source),
    peersAsked: answered?.peersAsked ?? found.peersAsked,
    confirmedAtMs: isMine ? nowMs : confirmations.confirmedAtMs(did),
    isStale: !isFresh && (!isPinned || noCache),
    isUnconfirmed: !isMine && confirmations.isUnconfirmed(did),
  }
}
