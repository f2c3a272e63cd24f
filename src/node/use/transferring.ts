/** Bundles: records and the key logs that they need, from a file and to one. */
import type { Did } from '../../identity/did.ts'
import type { Offered } from '../../p2p/ports.ts'
import { decodeBundle, encodeBundleChunks, type BundleItem } from '../../records/bundle.ts'
import type { AipRecord } from '../../records/record.ts'
import type { AipNode } from '../node.ts'

export interface Imported {
  readonly identities: number
  readonly read: number
  readonly stored: number
  readonly known: number
  readonly refused: ReadonlyMap<string, number>
}

/** Items of a bundle on their way through the pipeline at once. */
const IMPORT_WINDOW = 512
/** Records that are tried again at the end, when all key logs and observations of the file are here. */
const TRIED_AGAIN_LIMIT = 4_096
const TRIED_AGAIN: ReadonlySet<string> = new Set(['record/key-unknown', 'record/quota'])

/**
 * Takes in a bundle: stored if it belongs here, not gossiped; peers get it by reconciliation.
 *
 * Items may come in any order: a record whose key log stands further down, or a promise before the
 * observation that keeps it, is tried again at the end.
 *
 * @throws {BundleError} when the file is not a bundle; what was read before that is kept.
 */
export async function importBundle(
  node: AipNode,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Imported> {
  const tally = { identities: 0, read: 0, stored: 0, known: 0 }
  const refused = new Map<string, number>()
  const waiting: Uint8Array[] = []
  const underWay = new Set<Promise<void>>()

  const count = (offered: Offered, bytes: Uint8Array, isLast: boolean): void => {
    if (offered.kind === 'taken') {
      if (offered.fresh) tally.stored++
      else tally.known++
    } else if (TRIED_AGAIN.has(offered.code) && !isLast && waiting.length < TRIED_AGAIN_LIMIT) {
      waiting.push(bytes)
    } else {
      refused.set(offered.code, (refused.get(offered.code) ?? 0) + 1)
    }
  }
  const offer = async ({ kind, bytes }: BundleItem, isLast: boolean): Promise<void> => {
    if (kind === 'identity') {
      tally.identities++
      const offered = await node.pipeline.offerIdentity(bytes, { via: 'api' })
      if (offered.kind === 'refused')
        refused.set(offered.code, (refused.get(offered.code) ?? 0) + 1)
      return
    }
    if (!isLast) tally.read++
    count(await node.pipeline.offer(bytes, { via: 'api' }), bytes, isLast)
  }

  for await (const item of decodeBundle(chunks)) {
    const work = offer(item, false)
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
    if (underWay.size >= IMPORT_WINDOW) await Promise.race(underWay)
  }
  await Promise.all(underWay)
  for (const bytes of waiting) await offer({ kind: 'record', bytes }, true)
  return { ...tally, refused }
}

/** Everything held, or what one agent said, or what was said about one; with the logs it needs. */
export function exportBundle(
  node: AipNode,
  about: { readonly issuer?: Did; readonly subject?: Did },
): AsyncIterable<Uint8Array> {
  return encodeBundleChunks(exportedItems(node, about))
}

/** The identities first, then the records. */
export async function* exportedItems(
  node: AipNode,
  about: { readonly issuer?: Did; readonly subject?: Did },
): AsyncGenerator<BundleItem> {
  const { issuer, subject } = about
  await node.index.whenReady()
  const isWanted = (record: AipRecord): boolean =>
    (issuer === undefined || record.issuer === issuer) &&
    (subject === undefined || subjectOf(record) === subject)
  // A vouch counts where the log of its subject is known, so that goes along too.
  const named = new Set<Did>(issuer === undefined ? [] : [issuer])
  for (const did of node.evidence.partiesOf(about)) named.add(did)
  for (const did of named) {
    const state = node.identities.get(did)
    if (state !== undefined) yield { kind: 'identity', bytes: state.bytes }
  }
  for await (const { record, bytes } of node.store.records()) {
    if (isWanted(record)) yield { kind: 'record', bytes }
  }
}

/** Whom a record is about, for people: a promise is about who made it. */
export function subjectOf(record: AipRecord): Did {
  return record.type === 'promise' ? record.issuer : record.subject
}
