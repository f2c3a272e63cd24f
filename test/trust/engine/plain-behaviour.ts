/** What the behaviour engine should say, computed from all outcomes at once, in the plainest way. */
import { freshness } from '../../../src/trust/freshness.ts'
import { ONE } from '../../../src/trust/profile.ts'
import type { Profile } from '../../../src/trust/profile.ts'
import { BehaviourEngine } from '../../../src/trust/engine/behaviour-engine.ts'
import type { OutcomeLife } from '../../../src/trust/engine/behaviour-engine.ts'
import type { SubjectSums } from '../../../src/trust/engine/subject.ts'
import { DAY_MS } from '../../../src/base/units.ts'

const PARTS = 1_000_000n

/** An outcome with what its place among those of one moment follows from. */
export interface NamedLife extends OutcomeLife {
  readonly id: string
  readonly index: number
}

/** T26: by (observed at, id, index). */
export function inOrder(a: NamedLife, b: NamedLife): number {
  const difference = a.observedAtMs - b.observedAtMs
  return difference || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.index - b.index)
}

/** An engine that is told what goes first by ids and indexes. */
export class NamedEngine extends BehaviourEngine {
  readonly #named: Map<number, NamedLife>

  constructor(viewer: number, profile: Profile, nowMs: number) {
    const named = new Map<number, NamedLife>()
    super(viewer, profile, nowMs, (a, b) => {
      const [one, two] = [named.get(a), named.get(b)]
      if (one === undefined || two === undefined) throw new Error('an outcome without a name')
      return inOrder({ ...one, observedAtMs: 0 }, { ...two, observedAtMs: 0 }) < 0
    })
    this.#named = named
  }

  override put(life: NamedLife): void {
    this.#named.set(life.outcome, life)
    super.put(life)
  }
}

export interface PlainInput {
  readonly lives: readonly NamedLife[]
  readonly viewer: number
  readonly standings: ReadonlyMap<number, number>
  readonly profile: Profile
  readonly nowMs: number
}

/** The weight of a day: 2^30 · 2^(day / 90), as a whole number. */
function weightOfDay(day: number): bigint {
  const doublings = Math.ceil(day / 90)
  return BigInt(freshness((90 * doublings - day) * DAY_MS)) * 2n ** BigInt(doublings)
}

function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS)
}

interface Weighed {
  readonly life: NamedLife
  readonly weight: bigint
  readonly kept: bigint
}

export function plainSums(subject: number, input: PlainInput): SubjectSums | undefined {
  const { lives, viewer, standings, profile, nowMs } = input
  const today = weightOfDay(dayOf(nowMs))
  const counting = lives
    .filter((life) => life.subject === subject && life.beginMs <= nowMs && life.endMs > nowMs)
    .filter(({ observedAtMs }) => dayOf(nowMs) - dayOf(observedAtMs) < 31 * 90)
    .toSorted(inOrder)
  const unilateral = BigInt(profile.unilateralDenominator)
  const quota = BigInt(profile.observerQuota)
  const open = [0n, 0n, 0n, 0n]
  const capped = [0n, 0n, 0n, 0n]
  const seen = { outcomes: 0, attested: 0, observers: 0, latestMs: 0 }
  for (const [observer, said] of Map.groupBy(counting, (life) => life.observer)) {
    const standing = observer === viewer ? ONE : (standings.get(observer) ?? 0)
    if (observer === subject || standing === 0) continue
    const weighed = said.map((life): Weighed => ({
      life,
      weight: weightOfDay(dayOf(life.observedAtMs)) * (life.isAttested ? unilateral : 1n),
      kept: BigInt(Math.round(life.kept * Number(PARTS))),
    }))
    const components = [PARTS, meanOf(weighed), adaptationOf(weighed), robustnessOf(weighed)]
    const fresh = said.reduce((sum, life) => sum + weightOfDay(dayOf(life.observedAtMs)), 0n)
    const weight = total(weighed)
    const isCapped = observer !== viewer && fresh > quota * today
    const own = BigInt(standing) * (isCapped ? (weight * 2n ** 30n) / (unilateral * fresh) : weight)
    const sums = isCapped ? capped : open
    for (const [at, component] of components.entries()) {
      sums[at] = (sums[at] ?? 0n) + own * component
    }
    seen.outcomes += said.length
    seen.attested += said.filter(({ isAttested }) => isAttested).length
    seen.observers++
    seen.latestMs = Math.max(seen.latestMs, said.at(-1)?.observedAtMs ?? 0)
  }
  if (seen.observers === 0) return undefined
  const sum = (at: number, scale: bigint): number =>
    Number((open[at] ?? 0n) / scale) / (ONE * Number(unilateral * today)) +
    Number((capped[at] ?? 0n) / scale) / ((ONE * 2 ** 30) / Number(quota))
  const evidence = sum(0, PARTS)
  const mean = (at: number): number => Math.min(1, sum(at, 1n) / Number(PARTS) / evidence)
  return { weight: evidence, mean: mean(1), adaptation: mean(2), robustness: mean(3), ...seen }
}

function total(weighed: readonly Weighed[]): bigint {
  return weighed.reduce((sum, { weight }) => sum + weight, 0n)
}

function meanOf(weighed: readonly Weighed[]): bigint {
  return weighed.reduce((sum, { weight, kept }) => sum + weight * kept, 0n) / total(weighed)
}

function adaptationOf(weighed: readonly Weighed[]): bigint {
  const all = total(weighed)
  let [passed, earlyDoubled, keptDoubled] = [0n, 0n, 0n]
  for (const { weight, kept } of weighed) {
    const left = all - 2n * passed
    const inEarly = left <= 0n ? 0n : left < 2n * weight ? left : 2n * weight
    earlyDoubled += inEarly * kept
    keptDoubled += 2n * weight * kept
    passed += weight
  }
  return clamp(PARTS / 2n + (keptDoubled - 2n * earlyDoubled) / all)
}

function robustnessOf(weighed: readonly Weighed[]): bigint {
  const means = [...Map.groupBy(weighed, ({ life }) => life.group).values()].map(meanOf)
  if (means.length < 2) return meanOf(weighed)
  const count = BigInt(means.length)
  const sum = means.reduce((one, other) => one + other, 0n)
  const squares = means.reduce((one, other) => one + other * other, 0n)
  const spread = Math.sqrt(Number(count * squares - sum * sum))
  return clamp(PARTS - BigInt(Math.round((2 * spread) / means.length)))
}

function clamp(parts: bigint): bigint {
  return parts < 0n ? 0n : parts > PARTS ? PARTS : parts
}
