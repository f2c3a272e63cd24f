/** Everybody whom the records of a scope mention, whether they count or not. */
import type { Did } from '../identity/did.ts'
import type { AipRecord } from '../records/record.ts'
import { GENERAL_SCOPE } from './context.ts'
import type { TrustContext } from './context.ts'

export class Mentioned {
  readonly #scope: string
  readonly #found = new Set<Did>()
  readonly #viewer: Did

  constructor(
    scope: string,
    { viewer, pins, introducers }: Pick<TrustContext, 'viewer' | 'pins' | 'introducers'>,
  ) {
    this.#scope = scope
    this.#viewer = viewer
    for (const did of pins.keys()) this.#found.add(did)
    for (const { did } of introducers) this.#found.add(did)
  }

  add(record: AipRecord): void {
    switch (record.type) {
      case 'vouch':
        if (record.scope === GENERAL_SCOPE || this.#isAsked(record.scope)) {
          this.#found.add(record.issuer).add(record.subject)
        }
        break
      case 'observation':
        if (record.outcomes.some(({ scope }) => this.#isAsked(scope))) {
          this.#found.add(record.issuer).add(record.subject)
        }
        break
      case 'promise':
        if (this.#isAsked(record.scope)) this.#found.add(record.issuer).add(record.delegator)
        break
      case 'revocation':
        break
    }
  }

  /** My own note about an agent. */
  addPrivate(subject: Did, scopes: readonly string[]): void {
    if (scopes.some((scope) => this.#isAsked(scope))) this.#found.add(subject)
  }

  /** Sorted; the viewer is not among them. */
  list(): readonly Did[] {
    this.#found.delete(this.#viewer)
    return [...this.#found].toSorted()
  }

  #isAsked(own: string): boolean {
    return this.#scope === GENERAL_SCOPE || own === this.#scope
  }
}
