/**
 * This node's own answer, by the code that a node runs: `flow` for standing, `summarise` and
 * `behaviourOf` for what others saw, in the profile as it is. A `View` over records gives the same
 * numbers (`checkedAgainstView`), and takes too long to be made anew for each of 24,000 ratings.
 *
 * Every rating is an outcome that settles no signed promise, seen at the moment of the view.
 * `quality` is the weighted mean of what observers with standing say (an explanation's
 * `behaviour.mean`), and 0.5 where the view has no evidence: to sort people by what is said of them. A
 * reliability is drawn towards 0.5 by how little is known, which mixes two questions. `rating` is
 * weighted evidence and the viewer's own habit, which weighs κ:
 *
 *     (E · mean + κ · habit) / (E + κ)
 */
import type { Did } from '../../../src/identity/did.ts'
import type { JudgedOutcome } from '../../../src/trust/attestation.ts'
import { behaviourOf, type Behaviour } from '../../../src/trust/behaviour.ts'
import { Graph } from '../../../src/trust/graph.ts'
import { LEVEL_ONE, ONE, PROFILES, type Profile } from '../../../src/trust/profile.ts'
import { flow, socialTrust } from '../../../src/trust/standing.ts'
import { summarise, weightOfDay } from '../../../src/trust/summary.ts'
import { emptyTally, isOverQuota, sumsOf, weigh, type Testimony } from '../../../src/trust/tally.ts'
import type { Method, Prepared, Viewpoint } from './method.ts'
import { fulfilmentOf, habitOf, RATING_LIMIT, type Network, type Rating } from './network.ts'

const NOBODY: Did = 'did:aip:00000000000000000000000000000000'
const PRIOR = 0.5
/** Every rating counts as made at the moment of the view, so it does not matter which. */
const TODAY_WEIGHT = weightOfDay(0)

export const oursStrict: OurMethod = ours(PROFILES.strict)
export const oursOpen: OurMethod = ours(PROFILES.open)
/** Not a profile of a node: shows what the rule costs that small amounts are not passed on (T9). */
export const oursFiner: OurMethod = ours(
  { ...PROFILES.strict, pruneDenominator: 10 * PROFILES.strict.pruneDenominator },
  '  strict with a tenth of θ',
)

export interface OurMethod extends Method {
  readonly profile: Profile
  prepare(network: Network): { from(viewer: number, except?: Rating): OurViewpoint }
}

export interface OurViewpoint extends Viewpoint {
  /** In [0, 1]. */
  standing(person: number): number
  social(person: number): number
  behaviour(person: number): Behaviour | undefined
  /** social × reliability; null when unknown. */
  score(person: number): number | null
}

export function ours(profile: Profile, name = `this node, profile ${profile.name}`): OurMethod {
  return { name, profile, prepare: (network) => prepare(network, profile) }
}

function prepare(network: Network, profile: Profile): Prepared & ReturnType<OurMethod['prepare']> {
  const graph = new Graph(network.size, edgesOf(network))
  const summaries = summariesOf(profile)
  return {
    from: (viewer, except) => new OurView({ network, profile, graph, summaries }, viewer, except),
  }
}

interface Parts {
  readonly network: Network
  readonly profile: Profile
  readonly graph: Graph
  /** By the value of a rating. */
  readonly summaries: ReadonlyMap<number, Testimony>
}

class OurView implements OurViewpoint {
  readonly #parts: Parts
  readonly #viewer: number
  readonly #except: Rating | undefined
  readonly #held: Float64Array
  readonly #habit: number

  constructor(parts: Parts, viewer: number, except: Rating | undefined) {
    const { network, graph, profile } = parts
    const first = new Float64Array(network.size)
    const muted = new Uint8Array(network.size)
    muted[viewer] = 1
    for (const rating of network.givenBy(viewer)) {
      if (rating.value <= 0 || rating === except) continue
      first[rating.to] = Math.floor((ONE * levelOf(rating)) / LEVEL_ONE)
    }
    this.#parts = parts
    this.#viewer = viewer
    this.#except = except
    this.#held = flow(graph, { first, muted }, profile).held
    this.#habit = habitOf(network, viewer, except)
  }

  standing(person: number): number {
    return (this.#held[person] ?? 0) / ONE
  }

  social(person: number): number {
    return socialTrust(this.standing(person), 0, this.#parts.profile)
  }

  behaviour(person: number): Behaviour | undefined {
    const { network, profile, summaries } = this.#parts
    const tally = emptyTally()
    for (const rating of network.receivedBy(person)) {
      const said = summaries.get(rating.value)
      if (said === undefined || rating === this.#except) continue
      const isViewer = rating.from === this.#viewer
      const standing = isViewer ? ONE : (this.#held[rating.from] ?? 0)
      if (standing === 0) continue
      const isCapped = !isViewer && isOverQuota(said.fresh, TODAY_WEIGHT, profile)
      weigh({ ...said, standing, isCapped }, tally, { sign: 1, profile })
    }
    if (tally.observers === 0) return undefined
    return behaviourOf(sumsOf(tally, 0, { todayWeight: TODAY_WEIGHT, profile }), profile)
  }

  score(person: number): number | null {
    const reliability = this.behaviour(person)?.reliability
    const social = this.social(person)
    return reliability === undefined || social === 0 ? null : social * reliability
  }

  quality(person: number): number {
    return this.behaviour(person)?.mean ?? PRIOR
  }

  rating(person: number): number {
    const weight = 1 / this.#parts.profile.halfStandingDenominator
    const seen = this.behaviour(person)
    const sum = (seen?.weight ?? 0) * (seen?.mean ?? 0) + weight * this.#habit
    return (2 * sum) / ((seen?.weight ?? 0) + weight) - 1
  }
}

function levelOf({ value }: Rating): number {
  return (value * LEVEL_ONE) / RATING_LIMIT
}

function edgesOf({ ratings }: Network) {
  return ratings
    .filter(({ value }) => value > 0)
    .map((rating) => ({ from: rating.from, to: rating.to, level: levelOf(rating), vouch: '' }))
}

/** What an observer says who rated somebody once: one for each value that a rating can have. */
function summariesOf(profile: Profile): ReadonlyMap<number, Testimony> {
  const summaries = new Map<number, Testimony>()
  for (let value = -RATING_LIMIT; value <= RATING_LIMIT; value++) {
    const summary = summarise([outcomeOf(value)], 0, profile)
    if (summary !== undefined) summaries.set(value, summary)
  }
  return summaries
}

function outcomeOf(value: number): JudgedOutcome {
  return {
    id: '',
    index: 0,
    observer: NOBODY,
    subject: NOBODY,
    branches: 1,
    outcome: {
      scope: 'general',
      promised: { kind: 'count', count: 2 * RATING_LIMIT },
      delivered: { kind: 'count', count: value + RATING_LIMIT },
      clarity: 0,
      observedAtMs: 0,
    },
    kept: fulfilmentOf({ from: 0, to: 0, value }),
    isAttested: false,
    isSelfReport: false,
  }
}
