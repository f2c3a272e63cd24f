/** The neighbourhood of this node in the web of vouches, hop by hop. */
import type { Did } from '../../identity/did.ts'
import type { AipNode } from '../../node/node.ts'
import type { RecordId, Vouch } from '../../records/record.ts'
import { recordIdText } from '../../records/wire.ts'
import { GENERAL_SCOPE } from '../../trust/context.ts'
import { timeText } from '../answers.ts'
import type { Handlers } from '../contract.ts'
import { GRAPH_EDGE_LIMIT, type GraphView } from '../operations/graph.ts'
import type { HandlerFrame } from './frame.ts'
import { isHidden } from './forgotten.ts'

type Edge = GraphView['edges'][number]

/** Agents whose vouches are read before others have a turn. */
const AGENTS_AT_A_TIME = 32

export function graphHandlers({ node }: HandlerFrame): Pick<Handlers, 'graph'> {
  return {
    graph: async ({ scope, depth, limit, at }) => {
      const atMs = at === undefined ? node.clock() : Date.parse(at)
      const { hops, edges, leftNodes } = await walk(node, { scope, depth, limit, atMs })
      const shown = edges.filter(({ from, to }) => hops.has(from) && hops.has(to))
      const scores = await node.outlook.scores(hops.keys(), scope)
      const bySubject = new Map(scores.map((score) => [score.subject, score]))
      const nodes = [...hops]
        .toSorted(([a, near], [b, far]) => near - far || (a < b ? -1 : 1))
        .map(([did, hop]) => {
          const score = bySubject.get(did)
          return {
            did,
            name: node.notes.named.get(did)?.petname ?? null,
            isMe: did === node.did,
            hop,
            state: score?.state ?? ('unknown' as const),
            score: score?.score ?? null,
            assured: score?.assured ?? null,
          }
        })
      return {
        viewer: node.did,
        scope,
        asOf: timeText(atMs),
        nodes,
        edges: shown.slice(0, GRAPH_EDGE_LIMIT),
        left: { nodes: leftNodes, edges: Math.max(0, shown.length - GRAPH_EDGE_LIMIT) },
      }
    },
  }
}

interface Walk {
  readonly hops: ReadonlyMap<Did, number>
  readonly edges: readonly DidEdge[]
  readonly leftNodes: number
}

/** Only what lives leads further; what has ended is an edge, and leads nowhere. */
async function walk(
  node: AipNode,
  { scope, depth, limit, atMs }: { scope: string; depth: number; limit: number; atMs: number },
): Promise<Walk> {
  const hops = new Map<Did, number>([[node.did, 0]])
  const left = new Set<Did>()
  const edges: DidEdge[] = []
  let ring: readonly Did[] = [node.did]
  let count = 0
  for (let hop = 1; hop <= depth + 1 && ring.length > 0; hop++) {
    const next: Did[] = []
    for (const from of ring) {
      if (++count % AGENTS_AT_A_TIME === 0) await nextTurn()
      for (const edge of edgesFrom(node, from, scope, atMs)) {
        edges.push(edge)
        if (edge.state !== 'live' || hops.has(edge.to) || hop > depth) continue
        if (isHidden(node, [edge.to], [])) continue
        if (hops.size >= limit) {
          left.add(edge.to)
          continue
        }
        hops.set(edge.to, hop)
        next.push(edge.to)
      }
    }
    ring = next
  }
  return { hops, edges, leftNodes: left.size }
}

function* edgesFrom(node: AipNode, from: Did, scope: string, atMs: number): Generator<DidEdge> {
  if (from === node.did) {
    const direct = { from, scope: GENERAL_SCOPE, state: 'live', vouch: null } as const
    const open = { issuedAt: null, expiresAt: null }
    for (const [to, pin] of node.notes.pins) {
      if (pin.kind === 'trust') yield { ...direct, ...open, to, level: 1, via: 'pin' }
    }
    for (const { did: to, level } of node.introducers) {
      yield { ...direct, ...open, to, level, via: 'introducer' }
    }
  }
  const revoked = new Map<RecordId, number>()
  for (const { record } of node.evidence.by(from, 'revocation')) {
    if (record.type === 'revocation') revoked.set(record.vouch, record.issuedAtMs)
  }
  for (const { id, vouch } of latest(node, from, scope, atMs)) {
    const revokedAtMs = revoked.get(id)
    const isRevoked = revokedAtMs !== undefined && revokedAtMs <= atMs
    yield {
      from,
      to: vouch.subject,
      level: vouch.level / 1000,
      scope: vouch.scope,
      state: isRevoked ? 'revoked' : vouch.expiresAtMs <= atMs ? 'expired' : 'live',
      via: 'vouch',
      vouch: recordIdText(id),
      issuedAt: timeText(vouch.issuedAtMs),
      expiresAt: timeText(vouch.expiresAtMs),
    }
  }
}

type DidEdge = Edge & { readonly from: Did; readonly to: Did }

/** Of each pair and scope the vouch that counted last at that time, best first. */
function latest(
  node: AipNode,
  from: Did,
  scope: string,
  atMs: number,
): readonly { readonly id: RecordId; readonly vouch: Vouch }[] {
  const found = new Map<string, { readonly id: RecordId; readonly vouch: Vouch }>()
  for (const { id, record } of node.evidence.by(from, 'vouch')) {
    if (record.type !== 'vouch' || record.issuedAtMs > atMs) continue
    if (record.scope !== scope && record.scope !== GENERAL_SCOPE) continue
    const pair = `${record.subject} ${record.scope}`
    const before = found.get(pair)
    const isLater =
      before === undefined ||
      record.issuedAtMs > before.vouch.issuedAtMs ||
      (record.issuedAtMs === before.vouch.issuedAtMs && id < before.id)
    if (isLater) found.set(pair, { id, vouch: record })
  }
  return [...found.values()].toSorted(
    (a, b) => b.vouch.level - a.vouch.level || (a.vouch.subject < b.vouch.subject ? -1 : 1),
  )
}

async function nextTurn(): Promise<void> {
  return new Promise((next) => {
    setImmediate(next)
  })
}
