/** Agents: whom this node knows, how they score and why, and what I call them. */
import { parseDid, type Did } from '../../identity/did.ts'
import { branchToRemember } from '../../node/use/forks.ts'
import { subjectOf } from '../../node/use/transferring.ts'
import { identityStateOf, shownKeys } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import { ApiError } from '../error.ts'
import { explanationView, pathView, scoreView } from '../trust-views.ts'
import type { HandlerFrame } from './frame.ts'
import { readOffset } from './paging.ts'

export function agentHandlers({
  node,
}: HandlerFrame): Pick<
  Handlers,
  | 'score'
  | 'explanation'
  | 'paths'
  | 'listAgents'
  | 'getAgent'
  | 'listPins'
  | 'putPin'
  | 'deletePin'
> {
  const nameOf = (did: Did): string | null => node.notes.named.get(did)?.petname ?? null
  return {
    score: async ({ did, scope, at }) =>
      scoreView(node.view(momentOf(at)).score(parseDid(did), scope)),
    explanation: async ({ did, scope, at }) =>
      explanationView(node.view(momentOf(at)).explain(parseDid(did), scope)),
    paths: async ({ did, scope, k }) => ({
      viewer: node.did,
      subject: did,
      scope,
      items: node.view().paths(parseDid(did), scope, k).map(pathView),
    }),

    listAgents: async ({ q, scope, minScore, cursor, limit }) => {
      const view = node.view()
      const known = new Set<Did>([...view.agents(scope), ...node.notes.named.keys()])
      for (const { did } of node.identities.states()) known.add(did)
      const rows = [...known]
        .filter((did) => matches(did, nameOf(did), q))
        .map((did) => ({ did, score: view.score(did, scope) }))
        .filter(({ score }) => minScore === undefined || (score.score ?? -1) >= minScore)
        .toSorted(
          (a, b) => (b.score.score ?? -1) - (a.score.score ?? -1) || (a.did < b.did ? -1 : 1),
        )
      const from = cursor === undefined ? 0 : readOffset(cursor)
      const items = rows.slice(from, from + limit).map(({ did, score }) => ({
        did,
        name: nameOf(did),
        isMe: did === node.did,
        state: score.state,
        score: score.score,
        assured: score.assured,
        social: score.social,
        reliability: score.reliability,
        confidence: score.confidence,
        outcomes: score.evidence.outcomes,
        lastAt: score.evidence.lastAt,
        reason: score.reason,
      }))
      const end = from + items.length
      return { items, cursor: end < rows.length ? String(end) : null }
    },

    getAgent: async ({ did: text }) => {
      const did = parseDid(text)
      const state = node.identities.get(did)
      let about = 0
      let by = 0
      for (const { record } of node.evidence.all()) {
        if (subjectOf(record) === did) about++
        if (record.issuer === did) by++
      }
      return {
        did,
        name: nameOf(did),
        isMe: did === node.did,
        identity: identityStateOf(state),
        keys: shownKeys(state),
        records: { about, by },
        score: scoreView(node.view().score(did, 'general')),
      }
    },

    listPins: async () => ({ items: [...node.notes.named.values()].map(shownPin) }),
    putPin: async ({ did: text, kind, cap, name, branch }) => {
      const did = parseDid(text)
      const before = node.notes.named.get(did)
      const petname = name ?? before?.petname
      const chosen = kind ?? before?.kind
      const limit = kind === undefined ? before?.cap : cap
      if (kind === 'cap' && cap === undefined) {
        throw new ApiError({ code: 'api/input-invalid', field: 'cap', problem: 'is missing' })
      }
      const pin = {
        did,
        ...(chosen === undefined ? {} : { kind: chosen }),
        ...(chosen === 'cap' && limit !== undefined ? { cap: limit } : {}),
        ...(petname === undefined ? {} : { petname }),
        ...branchToRemember(node, node.identities.get(did), branch),
      }
      await node.notes.putPin(pin, node.clock())
      node.evidence.changed()
      return shownPin(pin)
    },
    deletePin: async ({ did }) => {
      const removed = await node.notes.deletePin(parseDid(did), node.clock())
      node.evidence.changed()
      return { removed }
    },
  }
}

function momentOf(at: string | undefined): number | undefined {
  return at === undefined ? undefined : Date.parse(at)
}

function matches(did: Did, name: string | null, query: string | undefined): boolean {
  if (query === undefined) return true
  const digits = query.startsWith('did:aip:') ? query : `did:aip:${query}`
  return name === query || did.startsWith(digits)
}

function shownPin(pin: {
  readonly did: Did
  readonly kind?: 'trust' | 'distrust' | 'cap'
  readonly cap?: number
  readonly petname?: string
  readonly inception?: string
}): Output<'putPin'> {
  const { did, kind = null, cap = null, petname = null, inception = null } = pin
  return { did, kind, cap, name: petname, inception }
}
