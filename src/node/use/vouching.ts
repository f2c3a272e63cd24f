/** Vouching for an agent, and taking a vouch back. */
import type { Did } from '../../identity/did.ts'
import type { RecordId, Vouch } from '../../records/record.ts'
import { revocationOf } from '../../records/revoke.ts'
import { recordIdText } from '../../records/wire.ts'
import { NodeError } from '../error.ts'
import type { AipNode } from '../node.ts'
import { revokedVouches } from '../own-vouches.ts'
import { resolve } from './resolving.ts'

export interface VouchOrder {
  readonly subject: Did
  readonly scope: string
  /** Thousandths, 1..1000. */
  readonly level: number
  readonly expiresAtMs: number
  readonly statement?: string
}

export interface Vouched {
  readonly id: RecordId
  /** Older vouches of mine for the same agent and scope, which this one replaces. */
  readonly revoked: readonly RecordId[]
}

/**
 * Signs a vouch and, in the same batch, takes back those that it replaces.
 *
 * The subject is resolved first, because a vouch names the inception it means: a name that nobody can
 * resolve cannot be vouched for.
 *
 * @throws {NodeError} `node/did-unresolved`, `node/claim-invalid`; {RecordError} as `Author.issue`.
 */
export async function vouch(
  node: AipNode,
  order: VouchOrder,
  signal?: AbortSignal,
): Promise<Vouched> {
  const { subject, scope, level, expiresAtMs, statement } = order
  if (subject === node.did) {
    throw new NodeError({ code: 'node/claim-invalid', reason: 'an agent cannot vouch for itself' })
  }
  const { state, fork } = await resolve(node, subject, signal)
  const log = fork === undefined ? state.branches[0] : fork.branch
  if (log === undefined || (fork !== undefined && fork.at !== 'inceptions')) {
    const reason = 'two key logs claim this name, and a vouch could not say which one it means'
    throw new NodeError({ code: 'node/claim-invalid', reason })
  }
  if (log.deactivated) {
    throw new NodeError({ code: 'node/claim-invalid', reason: 'its identity is deactivated' })
  }
  const replaced = liveVouches(node, subject, scope)
  const { author, clock } = node
  const [stored] = await author.issue([
    {
      type: 'vouch',
      subject,
      inception: log.inception,
      scope,
      level,
      expiresAtMs,
      ...(statement === undefined ? {} : { statement }),
    },
    ...replaced.map((old) => revocationOf(old, { sequence: 0, nowMs: clock() })),
  ])
  if (stored === undefined) throw new Error('the author stored nothing')
  // The log of whom one vouches for is kept alive in the DHT as well.
  node.mesh?.publishedChanged()
  return { id: stored.id, revoked: replaced.map(({ id }) => id) }
}

/** @throws {NodeError} `node/record-unknown`, `node/not-mine`, `node/already-revoked`. */
export async function revoke(node: AipNode, id: RecordId, reason?: string): Promise<RecordId> {
  const record = node.evidence.get(id)
  const shown = recordIdText(id)
  if (record === undefined) throw new NodeError({ code: 'node/record-unknown', id: shown })
  if (record.type !== 'vouch' || record.issuer !== node.did) {
    throw new NodeError({ code: 'node/not-mine', id: shown })
  }
  if (revokedVouches(node).has(id)) {
    throw new NodeError({ code: 'node/already-revoked', id: shown })
  }
  const claim = revocationOf(
    { id, record },
    { sequence: 0, nowMs: node.clock(), ...(reason === undefined ? {} : { reason }) },
  )
  const [stored] = await node.author.issue([claim])
  if (stored === undefined) throw new Error('the author stored nothing')
  return stored.id
}

/** My vouches for an agent and scope that are neither revoked nor expired. */
function liveVouches(
  node: AipNode,
  subject: Did,
  scope: string,
): readonly { readonly id: RecordId; readonly record: Vouch }[] {
  const revoked = revokedVouches(node)
  const nowMs = node.clock()
  const live: { readonly id: RecordId; readonly record: Vouch }[] = []
  for (const { id, record } of node.evidence.between('vouch', node.did, subject)) {
    if (record.type !== 'vouch' || record.scope !== scope) continue
    if (record.expiresAtMs > nowMs && !revoked.has(id)) live.push({ id, record })
  }
  return live
}
