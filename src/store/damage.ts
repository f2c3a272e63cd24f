/**
 * What the disk has changed: logged once, listed for `status` and `doctor`, and never served.
 */
import type { Logger } from '../base/log.ts'
import { hexText } from './fields.ts'

/** Places listed at a time; all are counted. */
export const DAMAGE_LIMIT = 1_024

export interface Damage {
  readonly what: 'record' | 'identity' | 'index' | 'table' | 'count'
  /** The row's key in hex; a word when the damage is of the whole. */
  readonly key: string
  readonly reason: string
}

export class DamageList {
  readonly #log: Logger
  readonly #found = new Map<string, Damage>()

  constructor(log: Logger) {
    this.#log = log
  }

  get entries(): readonly Damage[] {
    return [...this.#found.values()]
  }

  add(damage: Damage): void {
    if (this.#found.has(damage.key)) return
    this.#log.error('the store is damaged; what is damaged is not served', { ...damage })
    if (this.#found.size < DAMAGE_LIMIT) this.#found.set(damage.key, damage)
  }

  /** What was written anew under these keys is whole again. */
  mended(keys: readonly Uint8Array[]): void {
    if (this.#found.size === 0) return
    for (const key of keys) this.#found.delete(hexText(key))
  }
}
