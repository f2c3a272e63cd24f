/**
 * How the network looks from one node, beside what the data itself says of the same people.
 */
import type { Output } from '../../src/api/contract.ts'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import type { Person } from './people.ts'
import type { Rating } from './ratings.ts'
import { explained, type Viewpoint } from './nodes.ts'

const ANSWER_LIMIT_MS = 2 * MINUTE_MS
const PAGE_ROWS = 500
const SHOWN_COUNT = 10
/** Fewer ratings than this have no mean worth comparing with. */
const COMPARED_RATINGS = 5

type AgentRow = Output<'listAgents'>['items'][number]

export interface Row {
  readonly person: string
  readonly did: string
  readonly state: AgentRow['state']
  readonly score: number
  readonly assured: number
  readonly outcomes: number
  readonly confidence: number
  /** What everybody in the data gave this person. */
  readonly ratings: number
  readonly meanRating: number
  readonly negative: number
}

export interface Look {
  readonly viewer: string
  readonly did: string
  readonly states: Readonly<Record<AgentRow['state'], number>>
  readonly listSeconds: number
  /** Among whom the best and the worst are: see {@link clearest}. */
  readonly ranked: number
  readonly best: readonly Row[]
  readonly worst: readonly Row[]
  /** Chance that somebody with a positive mean rating scores above one with a negative; see `auc`. */
  readonly agreement: Agreement
  readonly explanation: readonly string[]
}

export interface Agreement {
  readonly good: number
  readonly bad: number
  readonly auc: number | undefined
}

export async function lookFrom(
  node: Viewpoint,
  people: ReadonlyMap<string, Person>,
  ratings: readonly Rating[],
): Promise<Look> {
  const begunMs = performance.now()
  const agents = await allAgents(node)
  const listSeconds = (performance.now() - begunMs) / SECOND_MS
  const states = { known: 0, thin: 0, unknown: 0, distrusted: 0 }
  for (const { state, isMe } of agents) if (!isMe) states[state]++
  const scored = rowsOf(agents, people, ratings)
  const ranked = clearest(scored).toSorted((a, b) => b.score - a.score)
  const best = ranked.slice(0, SHOWN_COUNT)
  const worst = ranked.slice(Math.max(best.length, ranked.length - SHOWN_COUNT)).toReversed()
  const [first] = worst.length > 0 ? worst : best
  return {
    viewer: node.person.name,
    did: node.did,
    states,
    listSeconds,
    ranked: ranked.length,
    best,
    worst,
    agreement: agreementOf(scored),
    explanation: first === undefined ? [] : await namedExplanation(node, first.did, people),
  }
}

async function allAgents({ client }: Viewpoint): Promise<readonly AgentRow[]> {
  const agents: AgentRow[] = []
  let cursor: string | undefined
  do {
    const input = { limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) }
    const page = await client.listAgents(input, { timeoutMs: ANSWER_LIMIT_MS })
    agents.push(...page.items)
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
  return agents
}

/** Those who have a score, with what the data says of them. */
function rowsOf(
  agents: readonly AgentRow[],
  people: ReadonlyMap<string, Person>,
  ratings: readonly Rating[],
): readonly Row[] {
  const names = namesOf(people)
  const received = Map.groupBy(ratings, ({ target }) => target)
  return agents.flatMap(({ did, state, score, assured, confidence, outcomes }) => {
    const person = names.get(did)
    if (score === null || person === undefined) return []
    const values = (received.get(person) ?? []).map(({ value }) => value)
    return {
      person,
      did,
      state,
      score,
      assured: assured ?? 0,
      outcomes,
      confidence: confidence ?? 0,
      ratings: values.length,
      meanRating: values.reduce((sum, value) => sum + value, 0) / values.length,
      negative: values.filter((value) => value < 0).length,
    }
  })
}

const CLEAREST_COUNT = 100

/**
 * The agents that are known; where those are too few for a best and a worst list, the hundred that
 * the viewpoint has the clearest picture of, known or thin.
 */
export function clearest(scored: readonly Row[]): readonly Row[] {
  const known = scored.filter(({ state }) => state === 'known')
  if (known.length >= 2 * SHOWN_COUNT) return known
  return scored.toSorted((a, b) => b.confidence - a.confidence).slice(0, CLEAREST_COUNT)
}

/**
 * The area under the curve that tells people of negative mean rating from those of positive by their
 * score: 1 tells all apart, 0.5 none. The score knows those ratings, so this says that it reads
 * them sensibly and not that it predicts.
 */
export function agreementOf(scored: readonly Row[]): Agreement {
  const compared = scored.filter(({ ratings }) => ratings >= COMPARED_RATINGS)
  const good = compared.filter(({ meanRating }) => meanRating > 0)
  const bad = compared.filter(({ meanRating }) => meanRating < 0)
  if (good.length === 0 || bad.length === 0) {
    return { good: good.length, bad: bad.length, auc: undefined }
  }
  let wins = 0
  for (const one of good) {
    for (const other of bad) {
      if (one.score > other.score) wins++
      else if (one.score === other.score) wins += 0.5
    }
  }
  return { good: good.length, bad: bad.length, auc: wins / (good.length * bad.length) }
}

/** As the command prints it, after everybody in it has been given the name they have in the data. */
async function namedExplanation(
  node: Viewpoint,
  did: string,
  people: ReadonlyMap<string, Person>,
): Promise<readonly string[]> {
  const { client } = node
  const found = await client.explanation({ did }, { timeoutMs: ANSWER_LIMIT_MS })
  const names = namesOf(people)
  const mentioned = new Set(JSON.stringify(found).match(/did:aip:[0-9a-f]{32}/g) ?? [])
  mentioned.delete(node.did)
  for (const one of mentioned) {
    const name = names.get(one)
    if (name !== undefined) await client.putPin({ did: one, name: `person-${name}` })
  }
  return explained(node, did)
}

function namesOf(people: ReadonlyMap<string, Person>): ReadonlyMap<string, string> {
  return new Map([...people.values()].map(({ did, name }) => [did, name]))
}
