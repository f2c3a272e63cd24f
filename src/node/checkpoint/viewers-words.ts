/** What the viewer says by itself, as one hash: scores made under other words are none of today's. */
import { createHash } from 'node:crypto'
import type { TrustContext } from '../../trust/context.ts'

export interface ViewersWords extends Pick<
  TrustContext,
  'profile' | 'pins' | 'introducers' | 'privateOutcomes'
> {
  /** The last number that its key gave to a record of its own. */
  readonly ownSequence: number
  /** Of pinned agents, which of two key logs was meant. */
  readonly pinnedLogs: Iterable<readonly [did: string, inception: string]>
}

export function wordsHash(words: ViewersWords): string {
  const { profile, ownSequence } = words
  const shape = {
    profile,
    ownSequence,
    pins: [...words.pins].map(([did, { kind, cap = null }]) => [did, kind, cap]).toSorted(byText),
    logs: [...words.pinnedLogs].toSorted(byText),
    introducers: words.introducers.map(({ did, level }) => [did, level]).toSorted(byText),
    notes: words.privateOutcomes.map(({ id }) => id).toSorted(),
  }
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex')
}

function byText(a: unknown, b: unknown): number {
  const [one, two] = [JSON.stringify(a), JSON.stringify(b)]
  return one === two ? 0 : one < two ? -1 : 1
}
