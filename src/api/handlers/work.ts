/** Promises and observations: what was undertaken, what was delivered. */
import { fromHex } from '../../base/bytes.ts'
import { parseDid, type Did } from '../../identity/did.ts'
import type { AipNode } from '../../node/node.ts'
import {
  observePrivately,
  observePublicly,
  promise,
  promiseToMe,
  publishPrivate,
} from '../../node/use/observing.ts'
import type { Clarity, Outcome } from '../../records/record.ts'
import { recordIdText } from '../../records/wire.ts'
import { shownObservation, shownOutcome, shownPromise, timeText } from '../answers.ts'
import type { Caller, Handlers } from '../contract.ts'
import { ApiError } from '../error.ts'
import { CLARITIES, type Outcome as OutcomeInput } from '../schema.ts'
import { deliveredOf, outcomeWorks, workOf } from '../work.ts'
import { isHidden } from './forgotten.ts'
import type { HandlerFrame } from './frame.ts'
import { paged, readRecordId } from './paging.ts'

export function workHandlers({
  node,
}: HandlerFrame): Pick<
  Handlers,
  'createPromise' | 'listPromises' | 'createObservation' | 'publishObservation' | 'listObservations'
> {
  return {
    createPromise: async ({ delegator, task, work, deadline, specification }) => {
      const made = await promise(node, {
        delegator: parseDid(delegator),
        scope: task,
        work: workOf(work),
        deadlineMs: Date.parse(deadline),
        ...(specification === undefined ? {} : { specification: fromHex(specification) }),
      })
      return { id: recordIdText(made), public: true, revoked: [], expiresAt: deadline }
    },

    listPromises: async (input) =>
      paged(
        node,
        input,
        'promise',
        (record) => {
          return input.delegator === undefined || record.delegator === input.delegator
        },
        shownPromise,
      ),

    createObservation: async (input, caller) => {
      const subject = parseDid(input.subject)
      const outcomes = (input.outcomes ?? [input]).map((one) => outcomeOf(node, subject, one))
      if (input.share === 'private') {
        const made = await observePrivately(node, subject, outcomes)
        return { id: made, public: false, revoked: [], expiresAt: null }
      }
      assertMayPublish(caller)
      const made = await observePublicly(node, subject, outcomes)
      return { id: recordIdText(made), public: true, revoked: [], expiresAt: null }
    },

    publishObservation: async ({ id }) => {
      const made = await publishPrivate(node, id)
      return { id: recordIdText(made), public: true, revoked: [], expiresAt: null }
    },

    listObservations: async (input) => {
      const page = await paged(node, input, 'observation', () => true, shownObservation)
      const isFirst = input.cursor === undefined
      const isMine = input.issuer === undefined || input.issuer === node.did
      if (!isFirst || !isMine) return page
      const own = node.notes.privateOutcomes
        .filter(({ subject }) => input.subject === undefined || subject === input.subject)
        .filter(({ subject }) => !isHidden(node, [subject], [input.subject]))
        .map((note) => ({
          id: note.id,
          issuer: node.did,
          issuedAt: timeText(note.madeAtMs),
          expiresAt: null,
          subject: note.subject,
          share: 'private' as const,
          outcomes: note.outcomes.map(shownOutcome),
        }))
      return { ...page, items: [...own, ...page.items] }
    },
  }
}

function outcomeOf(node: AipNode, subject: Did, input: OutcomeInput): Outcome {
  const promiseId = input.promise === undefined ? undefined : readRecordId(input.promise)
  const promised = promiseId === undefined ? undefined : promiseToMe(node, promiseId, subject)
  const delivered = input.delivered ?? 0
  const works =
    promised === undefined
      ? outcomeWorks(input.promised ?? 0, delivered)
      : { promised: promised.work, delivered: deliveredOf(delivered, promised.work) }
  return {
    ...(promiseId === undefined ? {} : { promise: promiseId }),
    scope: promised?.scope ?? input.task ?? 'general',
    ...works,
    ...(input.conditions === undefined ? {} : { conditions: input.conditions }),
    clarity: clarityOf(input.clarity ?? 'unambiguous'),
    observedAtMs: input.observedAt === undefined ? node.clock() : Date.parse(input.observedAt),
    ...(input.evidence === undefined ? {} : { evidence: fromHex(input.evidence) }),
  }
}

function clarityOf(name: (typeof CLARITIES)[number]): Clarity {
  return ([0, 1, 2] as const).find((clarity) => CLARITIES[clarity] === name) ?? 0
}

function assertMayPublish({ rights }: Caller): void {
  if (!rights.has('vouch')) throw new ApiError({ code: 'api/right-missing', right: 'vouch' })
}
