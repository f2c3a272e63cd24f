/** Agents: whom this node knows, how they score and why, and what I call them. */
import { parseDid, type Did } from '../../identity/did.ts'
import type { Question } from '../../node/outlook.ts'
import { complete } from '../../node/use/completing.ts'
import type { Completeness } from '../../node/use/completing.ts'
import type { Explanation } from '../../trust/explanation.ts'
import { branchToRemember } from '../../node/use/forks.ts'
import { DAY_MS } from '../../base/units.ts'
import { identityStateOf, shownKeys, timeText } from '../answers.ts'
import type { Handlers, Output } from '../contract.ts'
import { ApiError } from '../error.ts'
import { explanationView, pathView, scoreView } from '../trust-views.ts'
import { isHidden } from './forgotten.ts'
import type { HandlerFrame } from './frame.ts'
import { byOrder, isSeenSince } from './agent-order.ts'
import { readOffset } from './paging.ts'

interface ShownExplanation {
  readonly completeness: Completeness
  readonly view: Output<'explanation'>
}

export function agentHandlers({
  node,
}: HandlerFrame): Pick<
  Handlers,
  | 'score'
  | 'explanation'
  | 'history'
  | 'paths'
  | 'listAgents'
  | 'getAgent'
  | 'listPins'
  | 'putPin'
  | 'deletePin'
> {
  /** What was shown of an explanation, for as long as there is that explanation. */
  const shown = new WeakMap<Explanation, ShownExplanation>()
  const shownExplanation = (
    explanation: Explanation,
    completeness: Completeness,
  ): ShownExplanation['view'] => {
    const before = shown.get(explanation)
    if (before?.completeness === completeness) return before.view
    const view = explanationView(explanation, completeness)
    shown.set(explanation, { completeness, view })
    return view
  }
  const nameOf = (did: Did): string | null => node.notes.named.get(did)?.petname ?? null
  return {
    score: async (asked, { signal }) => {
      const completeness = await complete(node, parseDid(asked.did), signal)
      const found = await node.outlook.score(questionOf(asked))
      if (asked.at === undefined) node.scoreWatch.note(found.subject, asked.scope)
      return scoreView(found, { from: found.from, completeness })
    },
    explanation: async (asked, { signal }) => {
      const completeness = await complete(node, parseDid(asked.did), signal)
      return shownExplanation(await node.outlook.explain(questionOf(asked)), completeness)
    },
    history: async ({ days, ...asked }) => {
      const { points, events } = await node.outlook.history(questionOf(asked))
      const from = timeText((momentOf(asked.at) ?? node.clock()) - days * DAY_MS).slice(0, 10)
      return {
        viewer: node.did,
        subject: asked.did,
        scope: asked.scope,
        points: points.filter(({ day }) => day > from).map((point) => ({ ...point })),
        events: events.filter(({ day }) => day > from).map((event) => ({ ...event })),
      }
    },
    paths: async ({ k, ...asked }) => {
      const found = await node.outlook.paths(questionOf(asked), k)
      const { did: subject, scope } = asked
      return { viewer: node.did, subject, scope, items: found.map(pathView) }
    },

    listAgents: async ({ q, scope, minScore, seenSince, sort, cursor, limit }) => {
      const mentioned = await node.outlook.agents(scope)
      const known = new Set<Did>([...mentioned, ...node.notes.named.keys()])
      for (const did of node.identities.dids()) known.add(did)
      const wanted = [...known].filter(
        (did) => matches(did, nameOf(did), q) && !isHidden(node, [did], [q]),
      )
      const rows = (await node.outlook.scores(wanted, scope))
        .map((score) => ({ did: score.subject, name: nameOf(score.subject), score }))
        .filter(({ score }) => minScore === undefined || (score.score ?? -1) >= minScore)
        .filter(({ score }) => seenSince === undefined || isSeenSince(score, seenSince))
        .toSorted(byOrder(sort))
      const from = cursor === undefined ? 0 : readOffset(cursor)
      const items = rows.slice(from, from + limit).map(({ did, name, score }) => ({
        did,
        name,
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
      const [first] = rows
      const { from: source = null, asOf = null } = first?.score ?? {}
      return { items, cursor: end < rows.length ? String(end) : null, from: source, asOf }
    },

    getAgent: async ({ did: text }, { signal }) => {
      const did = parseDid(text)
      const completeness = await complete(node, did, signal)
      const state = node.identities.get(did)
      const { by, about } = node.evidence.countsOf(did)
      const score = await node.outlook.score({ subject: did, scope: 'general' })
      return {
        did,
        name: nameOf(did),
        isMe: did === node.did,
        identity: identityStateOf(state),
        keys: shownKeys(state),
        records: {
          about: about.vouch + about.revocation + about.observation,
          by: by.vouch + by.revocation + by.promise + by.observation,
        },
        score: scoreView(score, { from: score.from, completeness }),
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
        ...(await branchToRemember(node, node.identities.get(did), branch)),
      }
      await node.notes.putPin(pin, node.clock())
      node.outlook.noted(did)
      return shownPin(pin)
    },
    deletePin: async ({ did: text }) => {
      const did = parseDid(text)
      const removed = await node.notes.deletePin(did, node.clock())
      node.outlook.noted(did)
      return { removed }
    },
  }
}

function questionOf(asked: {
  readonly did: string
  readonly scope: string
  readonly at?: string | undefined
}): Question {
  return { subject: parseDid(asked.did), scope: asked.scope, asOfMs: momentOf(asked.at) }
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
