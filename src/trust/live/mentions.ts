/** Everybody whom the records of a scope mention, read from the books. */
import { GENERAL_SCOPE } from '../context.ts'
import type { OutcomeBook } from './outcome-book.ts'
import type { RecordTable } from './record-table.ts'
import type { Register } from './register.ts'
import type { VouchBook } from './vouch-book.ts'

/** After so many vouches, outcomes and promises others have a turn. */
const READ_OF_STEP = 20_000

/** Nodes, some of which may be those of the second inception of one name. What comes meanwhile is among them or not. */
export function* mentionedIn(
  scope: string,
  parts: {
    readonly register: Register
    readonly table: RecordTable
    readonly vouches: VouchBook
    readonly outcomes: OutcomeBook
  },
): Generator<undefined, readonly number[]> {
  const { register, table, vouches, outcomes } = parts
  const isGeneral = scope === GENERAL_SCOPE
  const asked = table.scopes.find(scope)
  const isAsked = (own: number): boolean => isGeneral || own === asked
  const isMentioned = new Uint8Array(register.end)
  let read = 0
  for (let vouch = 0; vouch < vouches.end; vouch++) {
    if (vouches.isThere(vouch)) {
      const own = vouches.scopeOf(vouch)
      if (own === table.general || isAsked(own)) {
        isMentioned[vouches.issuerOf(vouch)] = 1
        isMentioned[vouches.subjectOf(vouch)] = 1
      }
    }
    if (++read % READ_OF_STEP === 0) yield
  }
  for (let outcome = 0; outcome < outcomes.end; outcome++) {
    if (outcomes.isThere(outcome) && isAsked(outcomes.scopeOf(outcome))) {
      isMentioned[outcomes.observerOf(outcome)] = 1
      isMentioned[outcomes.subjectOf(outcome)] = 1
    }
    if (++read % READ_OF_STEP === 0) yield
  }
  const { promises } = outcomes
  for (let promise = 0; promise < promises.end; promise++) {
    if (promises.isHeld(promise) && isAsked(promises.scopeOf(promise))) {
      isMentioned[promises.issuerOf(promise)] = 1
      isMentioned[promises.delegatorOf(promise)] = 1
    }
    if (++read % READ_OF_STEP === 0) yield
  }
  const nodes: number[] = []
  for (const [node, is] of isMentioned.entries()) if (is === 1) nodes.push(node)
  return nodes
}
