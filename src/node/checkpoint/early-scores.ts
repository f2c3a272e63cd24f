/**
 * Answers from a checkpoint, from the start of a node until its view is built, and no longer than
 * nothing has been said here since that they might contradict. Specification: docs/spec/checkpoint.md, K5.
 */
import type { Did } from '../../identity/did.ts'
import type { TrustContext } from '../../trust/context.ts'
import { METHOD, PROFILES } from '../../trust/profile.ts'
import { NO_INPUTS, scoreFrom } from '../../trust/score-inputs.ts'
import { rfc3339 } from '../../trust/score.ts'
import type { Score } from '../../trust/score.ts'
import type { Checkpoint } from './checkpoint.ts'

type EarlyContext = Pick<TrustContext, 'viewer' | 'profile' | 'pins' | 'introducers'>

export class EarlyScores {
  readonly #checkpoint: Checkpoint
  readonly #context: EarlyContext

  constructor(checkpoint: Checkpoint, context: EarlyContext) {
    this.#checkpoint = checkpoint
    this.#context = context
  }

  get asOfMs(): number {
    return this.#checkpoint.asOfMs
  }

  get hasView(): boolean {
    return this.#checkpoint.hasView
  }

  get scopes(): readonly string[] {
    return [...this.#checkpoint.scopes.keys()]
  }

  /** `undefined` for a scope that nobody had asked for. */
  score(subject: Did, scope: string): Score | undefined {
    const table = this.#checkpoint.scopes.get(scope)
    if (table === undefined) return undefined
    const { asOfMs, view, hasView, params } = this.#checkpoint
    const { viewer, profile, pins } = this.#context
    const asOf = rfc3339(asOfMs)
    return scoreFrom(table.find(subject) ?? NO_INPUTS, {
      frame: { viewer, scope, method: METHOD, profile, params, asOf, view },
      subject,
      pin: pins.get(subject),
      hasView,
      profile: PROFILES[profile],
    })
  }

  /** Everybody of whom there was anything to say, or whom pins and introducers name; sorted. */
  agents(scope: string): readonly Did[] | undefined {
    const table = this.#checkpoint.scopes.get(scope)
    if (table === undefined) return undefined
    const { viewer, pins, introducers } = this.#context
    const found = new Set<Did>([...table.dids(), ...pins.keys()])
    for (const { did } of introducers) found.add(did)
    found.delete(viewer)
    return [...found].toSorted()
  }
}
