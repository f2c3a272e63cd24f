/**
 * How the network looks from one node, beside what the data itself says of the same people.
 */
import type { CallOptions, Output } from '../../src/api/contract.ts'
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

/** An agent with a score, and what the data says of the person. */
export interface Scored {
  readonly person: string
  readonly did: string
  readonly state: AgentRow['state']
  readonly score: number
  readonly assured: number
  readonly confidence: number
  /** What everybody in the data gave this person. */
  readonly ratings: number
  readonly meanRating: number
  readonly negative: number
}

/** The same, with what the score was made of. */
export interface Row extends Scored {
  readonly social: number
  readonly reliability: number
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
  /** How scores, and the reliability in them, agree with mean ratings. */
  readonly agreement: Agreement
  readonly explanation: readonly string[]
}

export interface Agreement {
  /** Agents with a score and at least {@link COMPARED_RATINGS} ratings, of positive mean and of negative. */
  readonly good: number
  readonly bad: number
  readonly score: number | undefined
  readonly reliability: number | undefined
}

export async function lookFrom(
  node: Viewpoint,
  people: ReadonlyMap<string, Person>,
  ratings: readonly Rating[],
  signal: AbortSignal,
): Promise<Look> {
  const options = { timeoutMs: ANSWER_LIMIT_MS, signal }
  const begunMs = performance.now()
  const agents = await allAgents(node, options)
  const listSeconds = (performance.now() - begunMs) / SECOND_MS
  const states = { known: 0, thin: 0, unknown: 0, distrusted: 0 }
  for (const { state, isMe } of agents) if (!isMe) states[state]++
  const scored = scoredOf(agents, people, ratings)
  const ranked = clearest(scored).toSorted((a, b) => b.score - a.score)
  const best = ranked.slice(0, SHOWN_COUNT)
  const worst = ranked.slice(Math.max(best.length, ranked.length - SHOWN_COUNT)).toReversed()
  const [first] = worst.length > 0 ? worst : best
  const compared = scored.filter((one) => one.ratings >= COMPARED_RATINGS)
  return {
    viewer: node.person.name,
    did: node.did,
    states,
    listSeconds,
    ranked: ranked.length,
    best: await opened(node, best, options),
    worst: await opened(node, worst, options),
    agreement: agreementOf(await opened(node, compared, options)),
    explanation: first === undefined ? [] : await namedExplanation(node, first.did, people, signal),
  }
}

/** Asks for the whole score of each. */
async function opened(
  { client }: Viewpoint,
  scored: readonly Scored[],
  options: CallOptions,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const one of scored) {
    const { social, reliability } = await client.score({ did: one.did }, options)
    rows.push({ ...one, social: social ?? 0, reliability: reliability ?? 0 })
  }
  return rows
}

async function allAgents(
  { client }: Viewpoint,
  options: CallOptions,
): Promise<readonly AgentRow[]> {
  const agents: AgentRow[] = []
  let cursor: string | undefined
  do {
    const input = { limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) }
    const page = await client.listAgents(input, options)
    agents.push(...page.items)
    cursor = page.cursor ?? undefined
  } while (cursor !== undefined)
  return agents
}

function scoredOf(
  agents: readonly AgentRow[],
  people: ReadonlyMap<string, Person>,
  ratings: readonly Rating[],
): readonly Scored[] {
  const names = namesOf(people)
  const received = Map.groupBy(ratings, ({ target }) => target)
  return agents.flatMap(({ did, state, score, assured, confidence }) => {
    const person = names.get(did)
    if (score === null || person === undefined) return []
    const values = (received.get(person) ?? []).map(({ value }) => value)
    return {
      person,
      did,
      state,
      score,
      assured: assured ?? 0,
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
export function clearest(scored: readonly Scored[]): readonly Scored[] {
  const known = scored.filter(({ state }) => state === 'known')
  if (known.length >= 2 * SHOWN_COUNT) return known
  return scored.toSorted((a, b) => b.confidence - a.confidence).slice(0, CLEAREST_COUNT)
}

/**
 * The area under the curve that tells people of negative mean rating from those of positive by a
 * number: 1 tells all apart, 0.5 none. The score knows those ratings, so this says that it reads
 * them sensibly and not that it predicts.
 */
export function agreementOf(
  compared: readonly Pick<Row, 'meanRating' | 'score' | 'reliability'>[],
): Agreement {
  const good = compared.filter(({ meanRating }) => meanRating > 0)
  const bad = compared.filter(({ meanRating }) => meanRating < 0)
  const auc = (by: 'score' | 'reliability'): number | undefined => {
    if (good.length === 0 || bad.length === 0) return undefined
    let wins = 0
    for (const one of good) {
      for (const other of bad) {
        if (one[by] > other[by]) wins++
        else if (one[by] === other[by]) wins += 0.5
      }
    }
    return wins / (good.length * bad.length)
  }
  return {
    good: good.length,
    bad: bad.length,
    score: auc('score'),
    reliability: auc('reliability'),
  }
}

/** As the command prints it, after everybody in it has been given the name they have in the data. */
async function namedExplanation(
  node: Viewpoint,
  did: string,
  people: ReadonlyMap<string, Person>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { client } = node
  const found = await client.explanation({ did }, { timeoutMs: ANSWER_LIMIT_MS, signal })
  const names = namesOf(people)
  const mentioned = new Set(JSON.stringify(found).match(/did:aip:[0-9a-f]{32}/g) ?? [])
  mentioned.delete(node.did)
  for (const one of mentioned) {
    const name = names.get(one)
    if (name !== undefined) await client.putPin({ did: one, name: `person-${name}` })
  }
  return explained(node, did, signal)
}

function namesOf(people: ReadonlyMap<string, Person>): ReadonlyMap<string, string> {
  return new Map([...people.values()].map(({ did, name }) => [did, name]))
}
