/** Who others are: DID documents, and how this node came by them. */
import { toHex } from '../../base/bytes.ts'
import { didDocument } from '../../identity/document.ts'
import type { KeyLog } from '../../identity/key-log.ts'
import type { IdentityState } from '../../identity/state.ts'
import { resolveDid, type ResolvedAip } from '../../node/use/resolving-dids.ts'
import { shownFork } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import type { HandlerFrame } from './frame.ts'

const CONTEXT = 'https://w3id.org/did-resolution/v1'
const CONTENT_TYPE = 'application/did+json'

export function resolutionHandlers({ node }: HandlerFrame): Pick<Handlers, 'resolve'> {
  return {
    resolve: async ({ did, noCache }, { signal }) => {
      const found = await resolveDid(node, did, { noCache, signal })
      const retrieved = secondText(node.clock())
      // These two are made or fetched for each answer, so they are as fresh as the answer.
      const now = {
        contentType: CONTENT_TYPE,
        retrieved,
        confirmed: retrieved,
        unconfirmed: false,
        stale: false,
      }
      switch (found.method) {
        case 'aip':
          return aipResolution(found, node.clock())
        case 'key':
          return {
            '@context': CONTEXT,
            didDocument: { ...found.document },
            didDocumentMetadata: {},
            didResolutionMetadata: { ...now, source: 'computed', verified: { by: 'its name' } },
          }
        case 'web':
          return {
            '@context': CONTEXT,
            didDocument: { ...found.document },
            didDocumentMetadata: {},
            didResolutionMetadata: {
              ...now,
              source: 'web',
              verified: { by: 'TLS certificate of its host', url: found.url },
            },
          }
      }
    },
  }
}

function aipResolution(found: ResolvedAip, nowMs: number): Output<'resolve'> {
  const { state, source, peersAsked, confirmedAtMs, isStale, isUnconfirmed, fork } = found
  const branch = fork?.branch
  return {
    '@context': CONTEXT,
    didDocument: { ...didDocument(state, { ...(branch !== undefined && { branch }), nowMs }) },
    didDocumentMetadata: {
      ...documentMetadata(state, branch),
      ...(fork !== undefined && { fork: shownFork(fork) }),
    },
    didResolutionMetadata: {
      contentType: CONTENT_TYPE,
      source,
      retrieved: secondText(nowMs),
      confirmed: confirmedAtMs === undefined ? null : secondText(confirmedAtMs),
      unconfirmed: isUnconfirmed,
      stale: isStale,
      peersAsked: String(peersAsked),
      verified: verification(state, nowMs),
    },
  }
}

/** A key log tells no times, so `created` and `updated` are not known. */
function documentMetadata(
  state: IdentityState,
  settled: KeyLog | undefined,
): Record<string, unknown> {
  const log = settled ?? state.branches[0]
  // Of two branches that nobody has settled neither speaks for the DID.
  const isOpen = state.isForked && settled === undefined
  return {
    deactivated: !isOpen && log.deactivated,
    ...(!isOpen && { versionId: versionOf(log, state) }),
    canonicalId: state.did,
    inception: log.inceptionHex,
    forked: state.isForked,
  }
}

/** Changes with each entry of the log, and with each document that is signed for it. */
function versionOf(log: KeyLog, { document }: IdentityState): string {
  const head = toHex(log.head)
  return document === undefined ? head : `${head}.${document.sequence}`
}

/**
 * What held when these bytes were taken in: nothing gets into the book of identities unverified, so
 * this names the checks, and does not repeat them.
 */
function verification(state: IdentityState, nowMs: number): Record<string, unknown> {
  const { branches, document, isForked } = state
  const entries = branches.map((log) => String(log.entries.length))
  return {
    by: 'key log',
    logEntries: entries.join(' and '),
    // A proof of a fork carries no document.
    document:
      document === undefined ? 'none' : nowMs < document.expiresAtMs ? 'signed' : 'signed, expired',
    ...(document !== undefined && {
      documentSequence: String(document.sequence),
      documentExpires: secondText(document.expiresAtMs),
    }),
    forked: isForked,
  }
}

/** RFC 3339 in UTC without fractions of a second, as DID Core wants times in metadata. */
function secondText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
