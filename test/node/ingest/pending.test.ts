import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { textBytes } from '../../../src/base/bytes.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Did } from '../../../src/identity/did.ts'
import {
  Pending,
  PENDING_LIMIT,
  PENDING_PER_ISSUER_LIMIT,
  PENDING_PER_SENDER_LIMIT,
} from '../../../src/node/ingest/pending.ts'
import type { Offered, Source } from '../../../src/p2p/ports.ts'
import { didNumber } from '../../support/evidence.ts'

const TAKEN: Offered = { kind: 'taken', fresh: true }
const UNKNOWN: Offered = { kind: 'refused', code: 'record/key-unknown' }
const ALICE = didNumber(1)

function from(peer: string): Source {
  return { via: 'gossip', peer }
}

interface Question {
  readonly peer: string
  readonly did: Did
  readonly signal: AbortSignal
  readonly answer: (offered: Offered | undefined) => void
  readonly fail: () => void
}

/** A pending buffer whose peers answer when the test says so. */
function buffer(judge: (name: string) => Offered = () => TAKEN) {
  const questions: Question[] = []
  const retried: string[] = []
  const blamed: string[] = []
  const pending = new Pending({
    ask: async (peer, did, signal) =>
      new Promise((answer, reject) => {
        const fail = (): void => reject(new Error('no answer'))
        questions.push({ peer, did, signal, answer, fail })
      }),
    retry: async (bytes) => {
      const name = Buffer.from(bytes).toString()
      retried.push(name)
      return Promise.resolve(judge(name))
    },
    onUnserved: (peer) => blamed.push(peer),
    log: silentLogger,
  })
  return { pending, questions, retried, blamed }
}

describe('a record whose key log is not here', () => {
  test('R8: waits until its sender has served the log, then is offered again', async () => {
    const { pending, questions, retried, blamed } = buffer()
    pending.add(ALICE, textBytes('one'), from('p1'))
    pending.add(ALICE, textBytes('two'), from('p1'))
    expect(questions).toHaveLength(1)
    expect(questions[0]).toMatchObject({ peer: 'p1', did: ALICE })
    questions[0]?.answer(TAKEN)
    await turn()
    expect(retried).toEqual(['one', 'two'])
    expect(blamed).toEqual([])
    expect(pending.size).toBe(0)
  })

  test.each([
    ['has no log', (question: Question) => question.answer(undefined)],
    ['does not answer', (question: Question) => question.fail()],
    [
      'serves something else',
      (question: Question) => question.answer({ kind: 'refused', code: 'identity/malformed' }),
    ],
  ])('R8: is the fault of a sender that %s', async (_, answer) => {
    const { pending, questions, retried, blamed } = buffer()
    pending.add(ALICE, textBytes('one'), from('p1'))
    pending.add(ALICE, textBytes('two'), from('p1'))
    for (const question of questions) answer(question)
    await turn()
    expect(blamed).toEqual(['p1'])
    expect(retried).toEqual([])
    expect(pending.size).toBe(0)
  })

  test('is nobody’s fault when this node could not keep the log', async () => {
    const { pending, questions, blamed } = buffer()
    pending.add(ALICE, textBytes('one'), from('p1'))
    questions[0]?.answer({ kind: 'refused', code: 'node/busy' })
    await turn()
    expect(blamed).toEqual([])
    expect(pending.size).toBe(0)
  })

  test('R8: is offered again once; a log that does not name the key is the sender’s fault', async () => {
    const { pending, questions, retried, blamed } = buffer(() => UNKNOWN)
    pending.add(ALICE, textBytes('one'), from('p1'))
    questions[0]?.answer(TAKEN)
    await turn()
    expect(retried).toEqual(['one'])
    expect(blamed).toEqual(['p1'])
    expect(pending.size).toBe(0)
    expect(questions).toHaveLength(1)
  })

  test('R8: is nobody’s fault when the key lost its place in a log that the sender has not heard of', async () => {
    const { pending, questions, retried, blamed } = buffer(() => UNKNOWN)
    pending.add(ALICE, textBytes('one'), from('p1'))
    questions[0]?.answer({ kind: 'taken', fresh: false, isOlder: true })
    await turn()
    expect(retried).toEqual(['one'])
    expect(blamed).toEqual([])
    expect(pending.size).toBe(0)
  })

  test('is not kept out by a copy from a peer that cannot serve the log', async () => {
    const { pending, questions, retried, blamed } = buffer()
    pending.add(ALICE, textBytes('one'), from('honest'))
    pending.add(ALICE, textBytes('one'), from('copyist'))
    expect(questions.map(({ peer }) => peer)).toEqual(['honest', 'copyist'])
    questions[1]?.fail()
    await turn()
    expect(blamed).toEqual(['copyist'])
    expect(pending.size).toBe(1)
    questions[0]?.answer(TAKEN)
    await turn()
    expect(retried).toEqual(['one'])
    expect(pending.size).toBe(0)
  })

  test('is offered again when another peer’s answer brings the log', async () => {
    const { pending, questions, retried, blamed } = buffer()
    pending.add(ALICE, textBytes('slow'), from('p1'))
    pending.add(ALICE, textBytes('quick'), from('p2'))
    questions[1]?.answer(TAKEN)
    await turn()
    expect(retried).toEqual(['slow', 'quick'])
    expect(pending.size).toBe(0)
    questions[0]?.fail()
    await turn()
    expect(blamed).toEqual(['p1'])
  })

  test('waits on when another peer’s log does not name its key', async () => {
    const { pending, questions, blamed } = buffer((name) => (name === 'strange' ? UNKNOWN : TAKEN))
    pending.add(ALICE, textBytes('strange'), from('p1'))
    pending.add(ALICE, textBytes('plain'), from('p2'))
    questions[1]?.answer(TAKEN)
    await turn()
    expect(blamed).toEqual([])
    expect(pending.size).toBe(1)
  })

  test('asks anew for what comes after an answer', async () => {
    const { pending, questions } = buffer()
    pending.add(ALICE, textBytes('one'), from('p1'))
    questions[0]?.answer(undefined)
    await turn()
    pending.add(ALICE, textBytes('two'), from('p1'))
    expect(questions).toHaveLength(2)
    expect(pending.size).toBe(1)
  })

  test('has nobody to ask when it came over the API', () => {
    const { pending, questions } = buffer()
    pending.add(ALICE, textBytes('one'), { via: 'api' })
    expect(pending.size).toBe(0)
    expect(questions).toEqual([])
  })

  test('is dropped when the node closes, without blame', async () => {
    const { pending, questions, retried, blamed } = buffer()
    pending.add(ALICE, textBytes('one'), from('p1'))
    pending.close()
    expect(questions[0]?.signal.aborted).toBe(true)
    questions[0]?.answer(TAKEN)
    await turn()
    expect([...retried, ...blamed]).toEqual([])
    pending.add(ALICE, textBytes('two'), from('p1'))
    expect(pending.size).toBe(0)
  })
})

describe('the bounds of waiting', () => {
  test('hold for one issuer, and leave room for others', () => {
    const { pending } = buffer()
    for (let at = 0; at < PENDING_PER_ISSUER_LIMIT + 5; at++) {
      pending.add(ALICE, textBytes(`${at}`), from(`p${at}`))
    }
    expect(pending.size).toBe(PENDING_PER_ISSUER_LIMIT)
    pending.add(didNumber(2), textBytes('bob’s'), from('p1'))
    expect(pending.size).toBe(PENDING_PER_ISSUER_LIMIT + 1)
  })

  test('hold for one sender, and leave room for others', () => {
    const { pending } = buffer()
    for (let at = 0; at < PENDING_PER_SENDER_LIMIT + 5; at++) {
      pending.add(didNumber(at % 200), textBytes(`${at}`), from('p1'))
    }
    expect(pending.size).toBe(PENDING_PER_SENDER_LIMIT)
    pending.add(didNumber(1), textBytes('more'), from('p2'))
    expect(pending.size).toBe(PENDING_PER_SENDER_LIMIT + 1)
  })

  test('hold for all together', () => {
    const { pending } = buffer()
    for (let at = 0; at < PENDING_LIMIT + 5; at++) {
      pending.add(didNumber(at % 200), textBytes(`${at}`), from(`p${at % 20}`))
    }
    expect(pending.size).toBe(PENDING_LIMIT)
  })
})
