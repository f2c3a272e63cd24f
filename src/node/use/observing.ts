/** Promising work, and saying what was delivered. */
import { randomUUID } from 'node:crypto'
import { DAY_MS } from '../../base/units.ts'
import type { Did } from '../../identity/did.ts'
import type { Outcome, RecordId, Undertaking, Work } from '../../records/record.ts'
import { recordIdText } from '../../records/wire.ts'
import { NodeError } from '../error.ts'
import type { AipNode } from '../node.ts'

/** How long a public observation and a promise are kept by others. */
const OBSERVATION_LIFETIME_MS = 366 * DAY_MS
const PROMISE_LIFETIME_MS = 366 * DAY_MS

export interface PromiseOrder {
  readonly delegator: Did
  readonly scope: string
  readonly work: Work
  readonly deadlineMs: number
  readonly specification?: Uint8Array
}

/** @throws {RecordError} as `Author.issue`. */
export async function promise(node: AipNode, order: PromiseOrder): Promise<RecordId> {
  const nowMs = node.clock()
  const [stored] = await node.author.issue([
    { type: 'promise', ...order, issuedAtMs: nowMs, expiresAtMs: nowMs + PROMISE_LIFETIME_MS },
  ])
  if (stored === undefined) throw new Error('the author stored nothing')
  return stored.id
}

/** The promise that an outcome would settle. @throws {NodeError} when it is not one of the subject to me. */
export function promiseToMe(node: AipNode, id: RecordId, subject: Did): Undertaking {
  const record = node.evidence.get(id)
  if (record === undefined) {
    throw new NodeError({ code: 'node/record-unknown', id: recordIdText(id) })
  }
  if (record.type !== 'promise') throw mismatch('the record is not a promise')
  if (record.issuer !== subject) throw mismatch('it was made by another agent')
  if (record.delegator !== node.did) throw mismatch('it was made to another agent')
  return record
}

function mismatch(reason: string): NodeError {
  return new NodeError({ code: 'node/promise-mismatch', reason })
}

/** Signs and publishes what was seen. @throws {NodeError}, {RecordError} as `Author.issue`. */
export async function observePublicly(
  node: AipNode,
  subject: Did,
  outcomes: readonly Outcome[],
): Promise<RecordId> {
  assertPast(node, outcomes)
  const nowMs = node.clock()
  const [stored] = await node.author.issue([
    {
      type: 'observation',
      subject,
      outcomes,
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + OBSERVATION_LIFETIME_MS,
    },
  ])
  if (stored === undefined) throw new Error('the author stored nothing')
  // Whoever gets the observation should have the promise that it settles.
  for (const { promise: id } of outcomes) {
    const settled = id === undefined ? undefined : await node.store.get(id)
    if (settled !== undefined) node.mesh?.publishRecord(settled.bytes, subject)
  }
  return stored.id
}

/** Keeps what was seen on this node alone: unsigned, counted in this node's view. */
export async function observePrivately(
  node: AipNode,
  subject: Did,
  outcomes: readonly Outcome[],
): Promise<string> {
  assertPast(node, outcomes)
  const id = `private-${randomUUID()}`
  await node.notes.addPrivate({ id, subject, outcomes, madeAtMs: node.clock() })
  node.outlook.noted()
  return id
}

/**
 * Signs and publishes what was kept private. Killed in between it is in both places, never in none.
 *
 * @throws {NodeError} `node/record-unknown`; {RecordError} as `Author.issue`.
 */
export async function publishPrivate(node: AipNode, id: string): Promise<RecordId> {
  const note = node.notes.privateOutcomes.find((one) => one.id === id)
  if (note === undefined) throw new NodeError({ code: 'node/record-unknown', id })
  const published = await observePublicly(node, note.subject, note.outcomes)
  await node.notes.removePrivate(id, node.clock())
  node.outlook.noted()
  return published
}

function assertPast(node: AipNode, outcomes: readonly Outcome[]): void {
  const nowMs = node.clock()
  if (outcomes.some(({ observedAtMs }) => observedAtMs > nowMs)) {
    throw new NodeError({ code: 'node/claim-invalid', reason: 'it was observed in the future' })
  }
}
