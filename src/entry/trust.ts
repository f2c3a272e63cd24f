/**
 * `aip-node/trust`: from verified records to scores, and the scores taken apart. Pure: no socket, no
 * disk, no clock and no chance, so it runs in a browser, and the same input gives the same bits
 * everywhere. It believes what it is given: verify records first (`aip-node/records`).
 *
 *     const view = View.of(records, { viewer, nowMs: Date.now(), profile: 'strict', identityOf, … })
 *     const { state, score, assured } = view.score(subject, 'code-review')
 *
 * Formulae, rule by rule: docs/spec/scoring.md. Whether to believe them: docs/scoring.md. How they do
 * on real ratings: docs/scoring-results.md.
 */

/**
 * Method `mesh/1`: one viewer's view at one moment.
 *
 * `View.of(records, context)` reads the records once; about 0.2 s for 50,000. It throws nothing:
 * what does not count is left out, and `explain` says why. `score` and `explain` take a DID and a
 * scope (`GENERAL_SCOPE` counts outcomes of all), `paths` a most number of paths too; `agents` lists
 * who is mentioned; `history` is the behaviour day by day; `digest` is SHA-256 in hex and depends on the
 * set of the records' ids alone.
 */
export { View } from '../trust/view.ts'

/**
 * The same view kept up to date, for whoever holds many records: `put`, `remove`, `identityChanged`,
 * `override`, `keepPrivate` and `advance` take changes, in any order; `work(scope, limit)` gets a scope
 * ready in slices and is called until it says true; then `score`, `paths`, and, step by step,
 * `explaining` and `recounting` answer what a `View` would, bit for bit. Reading a scope that is not
 * ready throws an `Error`. It asks a `RecordIndex` for records again when a key log has changed, and
 * to explain.
 */
export { LiveView } from '../trust/live/live-view.ts'
export type { LiveViewSettings } from '../trust/live/live-view.ts'
export type { RecordIndex } from '../trust/live/record-index.ts'

/**
 * What goes in. Times are milliseconds since 1970 UTC; `level` is in thousandths, 1..1000; `cap` in
 * [0, 1]. An `IdentityState` of `aip-node/identity` is a `KnownIdentity`.
 */
export { GENERAL_SCOPE } from '../trust/context.ts'
export type {
  EvidenceRecord,
  Introducer,
  KnownIdentity,
  Pin,
  PrivateOutcomes,
  TrustContext,
} from '../trust/context.ts'

/**
 * What comes out. `score`, `assured`, `upper` and `confidence` are in [0, 1], or null where the
 * state is `unknown`: gate on `assured`, sort by `score`, and let null fail. `social` is in
 * [0, 0.85], `standing` and `reliability` in [0, 1]; evidence is weighed in full outcomes, at least 0.
 */
export type { Evidence, Score } from '../trust/score.ts'
export type { ScoreState } from '../trust/measure.ts'
export type { Components, Interval } from '../trust/behaviour.ts'

/** Terms that multiply out to the score, and the records behind each. Units as in the score. */
export type {
  BehaviourTerms,
  Counterfactuals,
  Explanation,
  ObserverTerm,
  SocialTerms,
  UsedRecords,
} from '../trust/explanation.ts'
export type { PathHop, TrustPath } from '../trust/paths.ts'
export type { Ignored, IgnoredReason } from '../trust/reasons.ts'
export type { Divergence, Drift } from '../trust/drift.ts'
export type { Honesty } from '../trust/attestation.ts'
export type { DriftEvent, History, HistoryPoint } from '../trust/history.ts'

/**
 * The numbers of the method: all whole, each with its unit in its name. `paramsHash` is SHA-256 in
 * hex over the method's name and those numbers; every score carries it.
 */
export { METHOD, paramsHash, PROFILES } from '../trust/profile.ts'
export type { Profile, ProfileName } from '../trust/profile.ts'

/**
 * Standing alone, for graphs that are no records: nodes 0 … size − 1, edges with levels in
 * thousandths, at most one for each pair. `flow` answers in parts of `ONE` (2^30), all whole numbers.
 * `socialTrust` takes standing in [0, 1].
 */
export { Graph } from '../trust/graph.ts'
export type { Edge } from '../trust/graph.ts'
export { flow, socialTrust } from '../trust/standing.ts'
export type { FlowOptions, Sources, Standing } from '../trust/standing.ts'
export { LEVEL_ONE, ONE } from '../trust/profile.ts'

/**
 * What is left of an observation at an age in whole milliseconds, in parts of 2^30; half after each
 * 90 days. @throws {RangeError} for an age that is no safe integer.
 */
export { freshness } from '../trust/freshness.ts'

/**
 * Method `aip/0.5.52`, the reference's arithmetic, exact to its four decimals, for comparison and
 * for the literature (DOI 10.5281/zenodo.19028012). Scores are in [0, 1], or null under the minima of
 * observations and days. `parseObservation` takes a line of JSON.
 * @throws {PdrError} `pdr/observation-invalid` for a line that is none; `pdr/times-mixed` where some
 *   times have an offset and some have none.
 */
export { parseObservation } from '../trust/reference/observation-line.ts'
export type { ReferenceClarity, ReferenceObservation } from '../trust/reference/observation.ts'
export { PdrError } from '../trust/reference/error.ts'
export type { PdrFault } from '../trust/reference/error.ts'
export { PROMISE_MINIMA, scoresFromPromises } from '../trust/reference/promises.ts'
export { scoresFromVerifications, VERIFICATION_MINIMA } from '../trust/reference/verifications.ts'
export { REFERENCE_METHOD } from '../trust/reference/scores.ts'
export type { Dimension, Minima, PdrScores } from '../trust/reference/scores.ts'
export { confidenceOf, SLIDING_DEFAULTS, slidingScores } from '../trust/reference/sliding-window.ts'
export type {
  DriftAlert,
  SlidingOptions,
  SlidingScores,
} from '../trust/reference/sliding-window.ts'
export { compositeScore, summaryOf, trustDivergence } from '../trust/reference/composite.ts'
export type { PdrSummary, TrustDivergence } from '../trust/reference/composite.ts'
export { PATH_DEPTH_LIMIT, referencePath } from '../trust/reference/trust-path.ts'
export type { ReferencePath, ReferenceVouch } from '../trust/reference/trust-path.ts'
