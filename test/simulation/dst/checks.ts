/** What must hold at every step and at the end of a run; each break of it is a violation. */
import type { Did } from '../../../src/identity/did.ts'
import type { IdentityState } from '../../../src/identity/state.ts'
import { IdentityBook } from '../../../src/node/identity-book.ts'
import { FUTURE_LIMIT, IN_FLIGHT_LIMIT } from '../../../src/node/ingest/pipeline.ts'
import { PENDING_LIMIT } from '../../../src/node/ingest/pending.ts'
import { INBOUND_SESSIONS_LIMIT } from '../../../src/p2p/sync/reconciliation.ts'
import type { AipRecord, RecordId } from '../../../src/records/record.ts'
import { shardSubject } from '../../../src/records/record.ts'
import { shardOf } from '../../../src/records/replica/lanes.ts'
import { admissionLimits } from '../../../src/records/replica/limits.ts'
import { Candidate } from '../../../src/records/verified.ts'
import { admitted, type Standing } from '../../records/replica/reference.ts'
import { NETWORK, RULES, type SimulatedNode } from './node.ts'

export type Violation =
  | 'unverified record held'
  | 'sequence given out twice'
  | 'record lost in a crash'
  | 'key log rolled back'
  | 'too much kept'
  | 'sets differ'
  | 'not what admission says'
  | 'key logs differ'
  | 'scores differ'
  | 'score is not that of its records'
  | 'node failed'

export interface Found {
  readonly what: Violation
  readonly node: string
  readonly atMs: number
  readonly detail: string
}

/** Each says enough of what is wrong; a broken run has thousands. */
const FOUND_LIMIT = 20
/** Sessions that a node began and that came in, both ends of each stream, and some that are ending. */
const STREAMS_PER_NODE_LIMIT = 8 * (INBOUND_SESSIONS_LIMIT + 2)

interface Said {
  readonly bytes: Uint8Array
  readonly record: AipRecord
}

export class Checks {
  readonly found: Found[] = []
  readonly #elapsedMs: () => number
  /** All that was signed by whoever may sign it. */
  readonly #said = new Map<RecordId, Said>()
  readonly #sequences = new Map<string, RecordId>()
  /** What each node has shown as stored, and not as evicted. */
  readonly #held = new Map<SimulatedNode, Set<RecordId>>()
  /** Taken by any honest node. */
  readonly #accepted = new Set<RecordId>()
  readonly #states = new Map<SimulatedNode, Map<Did, IdentityState>>()

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs
  }

  get recordCount(): number {
    return this.#said.size
  }

  get acceptedCount(): number {
    return this.#accepted.size
  }

  report(what: Violation, node: string, detail: string): void {
    if (this.found.length >= FOUND_LIMIT) return
    this.found.push({ what, node, atMs: this.#elapsedMs(), detail })
  }

  said(bytes: Uint8Array, isHonest: boolean): void {
    const { id, record } = Candidate.parse(bytes, { network: NETWORK })
    this.#said.set(id, { bytes, record })
    if (!isHonest) return
    const number = `${record.issuer} ${String(record.sequence)}`
    const before = this.#sequences.get(number)
    if (before !== undefined && before !== id) {
      this.report('sequence given out twice', record.issuer, number)
    }
    this.#sequences.set(number, id)
  }

  accepted(node: SimulatedNode, id: RecordId): void {
    if (!this.#said.has(id)) this.report('unverified record held', node.settings.name, id)
    this.#heldBy(node).add(id)
    if (node.isHonest) this.#accepted.add(id)
  }

  evicted(node: SimulatedNode, id: RecordId): void {
    this.#heldBy(node).delete(id)
  }

  identityChanged(node: SimulatedNode, did: Did): void {
    const state = node.parts?.identities.get(did)
    if (state !== undefined) this.#notRolledBack(node, state)
  }

  /** After a crash: all that it had shown is there, or would not be taken now. */
  async started(node: SimulatedNode): Promise<void> {
    const { parts } = node
    if (parts === undefined || !node.isHonest) return
    for (const id of this.#heldBy(node)) {
      if (!parts.evidence.has(id)) await this.#assertNotWanted(node, id)
    }
    for (const [did, before] of this.#states.get(node) ?? []) {
      const state = parts.identities.get(did)
      if (state === undefined) this.report('key log rolled back', node.settings.name, did)
      else if (state.compare(before) < 0) this.#notRolledBack(node, state)
    }
  }

  bounded(nodes: readonly SimulatedNode[], streams: number): void {
    for (const { parts, settings } of nodes) {
      if (parts === undefined) continue
      const { inFlight, pending, future } = parts.pipeline.load
      const isFine =
        inFlight <= IN_FLIGHT_LIMIT && pending <= PENDING_LIMIT && future <= FUTURE_LIMIT
      if (!isFine) {
        this.report('too much kept', settings.name, `${inFlight} ${pending} ${future}`)
      }
    }
    if (streams > nodes.length * STREAMS_PER_NODE_LIMIT) {
      this.report('too much kept', 'network', `${streams} streams`)
    }
  }

  /** All is healed: honest nodes hold the same, and what admission says of all that was taken. */
  converged(nodes: readonly SimulatedNode[], nowMs: number): void {
    const honest = nodes.filter(({ isHonest }) => isHonest)
    const book = new IdentityBook(RULES.workBits)
    const issuers = new Set(
      [...this.#accepted].flatMap((id) => this.#said.get(id)?.record.issuer ?? []),
    )
    for (const did of issuers) {
      for (const { parts } of honest) {
        const state = parts?.identities.get(did)
        if (state !== undefined) book.set(book.get(did)?.join(state) ?? state)
      }
    }
    const standing = [...this.#accepted].flatMap((id): Standing[] => {
      const record = this.#said.get(id)?.record
      const place = record === undefined ? undefined : book.place(record.issuer, record.key)
      return record === undefined || place === undefined ? [] : [{ id, record, place }]
    })
    const expected = [...admitted(standing, RULES, admissionLimits(RULES), nowMs)]
    for (let shard = 0; shard < 2 ** RULES.shardBits; shard++) {
      const wanted = expected.filter((id) => this.#shardOf(id) === shard).toSorted()
      const followers = honest.filter(({ settings }) => settings.shards.includes(shard))
      const sets = followers.map((node) => node.heldIn(shard))
      for (const [at, node] of followers.entries()) {
        const held = sets[at] ?? []
        if (held.join() !== sets[0]?.join()) {
          this.report('sets differ', node.settings.name, differing(held, sets[0] ?? []))
        }
        if (held.join() !== wanted.join()) {
          this.report('not what admission says', node.settings.name, differing(held, wanted))
        }
        this.#sameLogs(node, held, book)
      }
    }
  }

  #sameLogs(node: SimulatedNode, held: readonly RecordId[], book: IdentityBook): void {
    const issuers = new Set(held.flatMap((id) => this.#said.get(id)?.record.issuer ?? []))
    for (const did of issuers) {
      const [here, joined] = [node.parts?.identities.get(did), book.get(did)]
      if (here === undefined || joined === undefined || here.compare(joined) === 0) continue
      this.report('key logs differ', node.settings.name, did)
    }
  }

  #notRolledBack(node: SimulatedNode, state: IdentityState): void {
    const states = this.#states.get(node) ?? new Map<Did, IdentityState>()
    this.#states.set(node, states)
    const before = states.get(state.did)
    if (before !== undefined && before.join(state).compare(state) !== 0) {
      this.report('key log rolled back', node.settings.name, state.did)
    }
    states.set(state.did, state)
  }

  async #assertNotWanted(node: SimulatedNode, id: RecordId): Promise<void> {
    const said = this.#said.get(id)
    if (said === undefined || node.parts === undefined) return
    this.#heldBy(node).delete(id)
    const offered = await node.parts.pipeline.offer(said.bytes, { via: 'api' })
    if (offered.kind === 'taken') this.report('record lost in a crash', node.settings.name, id)
  }

  #heldBy(node: SimulatedNode): Set<RecordId> {
    const held = this.#held.get(node) ?? new Set<RecordId>()
    this.#held.set(node, held)
    return held
  }

  #shardOf(id: RecordId): number | undefined {
    const record = this.#said.get(id)?.record
    return record === undefined ? undefined : shardOf(shardSubject(record), RULES.shardBits)
  }
}

function differing(held: readonly RecordId[], wanted: readonly RecordId[]): string {
  const [here, there] = [new Set(held), new Set(wanted)]
  const [more, less] = [here.difference(there), there.difference(here)]
  const [first] = [...more, ...less]
  return `${more.size} more and ${less.size} fewer, such as ${first ?? 'none'}`
}
