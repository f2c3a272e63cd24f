/**
 * Anchors: a few good outbound peers that are on disk and dialled first after a restart.
 *
 * Whoever fills a node's address book with peers of his own, and then makes the node start again,
 * would otherwise have it to himself. What it takes to become an anchor is a dial of ours and time.
 */
import { z } from 'zod'
import { HOUR_MS } from '../../base/units.ts'
import { decodeCbor, encodeCbor } from '../../crypto/cbor.ts'
import { ADDRESS_LIMIT_CHARS } from '../addresses.ts'
import { keyOfPeerId } from '../peer-id.ts'
import { providerOf } from './provider.ts'

export interface Anchor {
  readonly peerId: string
  /** Where it answered. */
  readonly address: string
  /** When it was connected last. */
  readonly goodMs: number
}

export const ANCHORS_LIMIT = 4
export const ANCHORS_NOTE = 'p2p/anchors'
const ANCHORS_LIMIT_BYTES = 4_096

/** One outbound connection. */
export interface Outbound {
  readonly peerId: string
  readonly address: string
  readonly sinceMs: number
}

/**
 * The peers that have been connected longest, at least `leastMs`, then those of before that are not
 * among them; of one provider one alone, where providers tell owners apart.
 */
export function chooseAnchors(
  outbound: readonly Outbound[],
  before: readonly Anchor[],
  { nowMs, leastMs, onePerProvider }: { nowMs: number; leastMs: number; onePerProvider: boolean },
): readonly Anchor[] {
  const proved = outbound
    .filter(({ sinceMs }) => nowMs - sinceMs >= leastMs)
    .toSorted((a, b) => a.sinceMs - b.sinceMs)
    .map(({ peerId, address }) => ({ peerId, address, goodMs: nowMs }))
  const anchors = new Map<string, Anchor>()
  const providers = new Set<string>()
  for (const anchor of [...proved, ...before]) {
    if (anchors.size >= ANCHORS_LIMIT) break
    const provider = onePerProvider ? providerOf(anchor.address) : undefined
    if (anchors.has(anchor.peerId) || (provider !== undefined && providers.has(provider))) continue
    if (provider !== undefined) providers.add(provider)
    anchors.set(anchor.peerId, anchor)
  }
  return [...anchors.values()]
}

/** How much later an anchor must have been good to be written again. */
const REFRESH_MS = HOUR_MS

export function areSameAnchors(before: readonly Anchor[], now: readonly Anchor[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ peerId, address, goodMs }, at) => {
      const other = now[at]
      return (
        other?.peerId === peerId && other.address === address && other.goodMs - goodMs < REFRESH_MS
      )
    })
  )
}

const Anchors = z
  .array(
    z.strictObject({
      p: z.string().refine((text) => keyOfPeerId(text) !== undefined),
      a: z.string().min(1).max(ADDRESS_LIMIT_CHARS),
      g: z.int().nonnegative(),
    }),
  )
  .max(ANCHORS_LIMIT)

export function encodeAnchors(anchors: readonly Anchor[]): Uint8Array {
  return encodeCbor(
    anchors.map(({ peerId, address, goodMs }) => ({ p: peerId, a: address, g: goodMs })),
  )
}

/** What {@link encodeAnchors} wrote; none when it is anything else. */
export function decodeAnchors(bytes: Uint8Array): readonly Anchor[] {
  try {
    const parsed = Anchors.parse(decodeCbor(bytes, ANCHORS_LIMIT_BYTES))
    return parsed.map(({ p, a, g }) => ({ peerId: p, address: a, goodMs: g }))
  } catch {
    return [] // of another version; they are found anew
  }
}
