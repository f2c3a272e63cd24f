/** Why a vouch or an outcome that the node holds does not count in this view. */
export type IgnoredReason =
  /** Its issuer's key log is not held, so nothing says whose key signed it. */
  | 'identity-unknown'
  | 'key-unknown'
  | 'key-compromised'
  | 'key-beyond-reach'
  | 'key-cold-root'
  | 'from-future'
  | 'expired'
  | 'revoked'
  /** A newer one by the same issuer took its place. */
  | 'superseded'
  /** The subject's key log is not held, so nothing says which inception is the real one. */
  | 'subject-unknown'
  /** It vouches for another inception than the subject's. */
  | 'other-inception'
  /** It serves another scope than the one asked for. */
  | 'other-scope'
  /** Its issuer has no standing with the viewer. */
  | 'not-reachable'
  /** Its issuer has too little standing for each of its vouches. */
  | 'too-thin'
  /** The viewer distrusts its issuer. */
  | 'distrusted'
  /** The log of its issuer forked, and nobody whom the viewer trusts says which branch is real. */
  | 'fork-unsettled'
  /** Nothing was promised, so nothing was kept. */
  | 'empty-promise'
  /** The subject reports on itself. */
  | 'self-report'
  /** Too old to weigh anything. */
  | 'faded'

export interface Ignored {
  readonly reason: IgnoredReason
  readonly kind: 'vouch' | 'outcome'
  readonly count: number
  /** The first of the ids, in order; `count` says how many there are. */
  readonly ids: readonly string[]
}

/** How many ids a line of an explanation names. */
const IDS_PER_REASON_LIMIT = 5

/** Collects what was left out, and answers in one order whatever came first. */
export class IgnoredTally {
  readonly #ids = {
    vouch: new Map<IgnoredReason, string[]>(),
    outcome: new Map<IgnoredReason, string[]>(),
  }

  add(kind: Ignored['kind'], reason: IgnoredReason, id: string): void {
    const ids = this.#ids[kind].get(reason)
    if (ids === undefined) this.#ids[kind].set(reason, [id])
    else ids.push(id)
  }

  list(): readonly Ignored[] {
    return (['outcome', 'vouch'] as const).flatMap((kind) =>
      [...this.#ids[kind].keys()].toSorted().map((reason) => {
        const ids = this.#ids[kind].get(reason) ?? []
        const distinct = [...new Set(ids)].toSorted()
        return { reason, kind, count: ids.length, ids: distinct.slice(0, IDS_PER_REASON_LIMIT) }
      }),
    )
  }
}
