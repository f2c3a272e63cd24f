/**
 * Telling the fraudulent from the benign, without the leak of the published labels: those follow
 * from what benign people said of the labelled, so every rating that a benign-labelled person gave
 * to a labelled one is deleted first. Then 200 random people without a label who gave at least 5
 * ratings above 0 each judge everybody with a label, without learning from labels. AUC of each view,
 * averaged; and AUC of the answers averaged over the views.
 */
import { auc, mean } from './metrics.ts'
import type { Method } from './method.ts'
import { Network } from './network.ts'
import { randomOf, shuffled } from './random.ts'

export const VIEWPOINT_COUNT = 200
const VOUCHES_LEAST = 5

/** Person by number; true is benign. */
export type Labels = ReadonlyMap<number, boolean>

export interface Fraud {
  readonly one: number | undefined
  readonly averaged: number | undefined
}

/** The ratings without those that the labels follow from. */
export function leakFree(network: Network, labels: Labels): Network {
  const kept = network.ratings.filter(
    ({ from, to }) => !(labels.get(from) === true && labels.has(to)),
  )
  return new Network(network.size, kept)
}

export function fraud(
  network: Network,
  labels: Labels,
  methods: readonly Method[],
  seed: number,
): Fraud[] {
  const clean = leakFree(network, labels)
  const able = Array.from({ length: clean.size }, (_, person) => person).filter(
    (person) => !labels.has(person) && vouchesBy(clean, person) >= VOUCHES_LEAST,
  )
  const viewers = shuffled(able, randomOf(seed)).slice(0, VIEWPOINT_COUNT)
  return methods.map((method) => answersOf(clean, labels, method, viewers))
}

function answersOf(
  network: Network,
  labels: Labels,
  method: Method,
  viewers: readonly number[],
): Fraud {
  const prepared = method.prepare(network)
  const people = [...labels.keys()]
  const sums = new Map<number, number>()
  const each: number[] = []
  for (const viewer of viewers) {
    const view = prepared.from(viewer)
    const answers = new Map(people.map((person) => [person, view.quality(person)]))
    for (const [person, answer] of answers) sums.set(person, (sums.get(person) ?? 0) + answer)
    const found = aucOf(answers, labels)
    if (found !== undefined) each.push(found)
  }
  return {
    one: each.length === 0 ? undefined : mean(each),
    averaged: aucOf(sums, labels),
  }
}

function aucOf(answers: ReadonlyMap<number, number>, labels: Labels): number | undefined {
  const of = (isBenign: boolean): number[] =>
    [...answers].filter(([person]) => labels.get(person) === isBenign).map(([, answer]) => answer)
  return auc(of(true), of(false))
}

function vouchesBy(network: Network, person: number): number {
  return network.givenBy(person).filter(({ value }) => value > 0).length
}
