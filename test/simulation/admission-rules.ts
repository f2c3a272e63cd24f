/**
 * What a node goes by when it decides which records to keep: the product's rule, and three that look
 * as good. Each is a bound, each is simple, and under the last three nodes never agree.
 */
import type { Did } from '../../src/identity/did.ts'
import type { RecordId } from '../../src/records/record.ts'
import type { ReplicaRules } from '../../src/records/replica/limits.ts'
import { Replica, type Admission, type Place } from '../../src/records/replica/replica.ts'
import { LIMITS, type Item } from './world.ts'

export interface AdmissionRule {
  /** @param isOwn - said here, and not received */
  offer(item: Item, place: Place, nowMs: number, isOwn: boolean): Admission
  rejudge(issuer: Did, placeOf: (keyHex: string) => Place | undefined): readonly RecordId[]
  expire(nowMs: number): readonly RecordId[]
  /** Whether a peer need not offer this record again. */
  isDone(id: RecordId): boolean
  roundBegins(): void
}

export type RuleName =
  'best K' | 'first come' | 'dropping rate limit' | 'cap across shards' | 'delaying rate limit'

export function createRule(name: RuleName, rules: ReplicaRules): AdmissionRule {
  switch (name) {
    case 'best K':
      return new BestK(rules)
    case 'first come':
      return new FirstCome(rules)
    case 'dropping rate limit':
      return new RateLimit(rules, true)
    case 'delaying rate limit':
      return new RateLimit(rules, false)
    case 'cap across shards':
      // A unit is an issuer's records of all shards that this node follows.
      return new BestK({ ...rules, shardBits: 0 })
  }
}

const REFUSED: Admission = { admit: false, evict: [] }

/** The product's own. */
class BestK implements AdmissionRule {
  protected readonly replica: Replica

  constructor(rules: ReplicaRules) {
    this.replica = new Replica(rules, LIMITS)
  }

  offer(item: Item, place: Place, nowMs: number, _isOwn: boolean): Admission {
    return this.replica.apply(item, place, nowMs)
  }

  rejudge(issuer: Did, placeOf: (keyHex: string) => Place | undefined): readonly RecordId[] {
    return this.replica.rejudge(issuer, placeOf)
  }

  expire(nowMs: number): readonly RecordId[] {
    return this.replica.expire(nowMs)
  }

  isDone(id: RecordId): boolean {
    return this.replica.has(id)
  }

  roundBegins(): void {
    // nothing counts by rounds
  }
}

/** The same limits; what is full takes nothing more. */
class FirstCome extends BestK {
  override offer(item: Item, place: Place, nowMs: number): Admission {
    const { admit, evict } = this.replica.consider(item, place, nowMs)
    return admit && evict.length === 0 ? this.replica.apply(item, place, nowMs) : REFUSED
  }
}

/** Of one issuer and shard in one round so many; the rest is dropped for good, or asked for again. */
class RateLimit extends BestK {
  static readonly LIMIT_COUNT = 4
  readonly #isDropping: boolean
  readonly #dropped = new Set<RecordId>()
  readonly #counts = new Map<string, number>()

  constructor(rules: ReplicaRules, isDropping: boolean) {
    super(rules)
    this.#isDropping = isDropping
  }

  override offer(item: Item, place: Place, nowMs: number, isOwn: boolean): Admission {
    if (isOwn) return super.offer(item, place, nowMs, isOwn)
    const key = `${item.record.issuer} ${item.shard}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    if (count <= RateLimit.LIMIT_COUNT) return super.offer(item, place, nowMs, isOwn)
    // A seen-cache or a cursor that has moved on forgets it just so.
    if (this.#isDropping) this.#dropped.add(item.id)
    return REFUSED
  }

  override isDone(id: RecordId): boolean {
    return super.isDone(id) || this.#dropped.has(id)
  }

  override roundBegins(): void {
    this.#counts.clear()
  }
}
