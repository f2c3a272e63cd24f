import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../../src/base/units.ts'
import type { AipRecord, RecordId, Vouch } from '../../../src/records/record.ts'
import { revocationOf } from '../../../src/records/revoke.ts'
import { Candidate } from '../../../src/records/verified.ts'
import { Outsider, persona, sealed, vouchFor } from '../../support/hostile.ts'
import { restlessSigner } from '../../support/identity.ts'
import { eventually } from '../../support/mesh.ts'
import { inGossip, startNode, type InProcess } from '../../support/nodes.ts'

const friend = persona('friend')
const subject = persona('subject')
const watcher = persona('watcher')

let first: InProcess
let second: InProcess

beforeAll(async () => {
  first = await startNode()
  second = await startNode({ bootstrap: [first.address] })
  await inGossip([first, second])
  for (const { node } of [first, second]) {
    for (const { identity } of [friend, subject, watcher]) {
      await node.pipeline.offerIdentity(identity, { via: 'api' })
    }
    // Each node starts from the friend, who alone makes the subject reachable.
    await node.author.issue([
      {
        type: 'vouch',
        subject: friend.did,
        inception: friend.log.inception,
        scope: 'general',
        level: 900,
        expiresAtMs: Date.now() + 90 * DAY_MS,
      },
    ])
  }
})

afterAll(async () => {
  await second[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
})

function read(bytes: Uint8Array): { readonly id: RecordId; readonly record: AipRecord } {
  return Candidate.parse(bytes, { network: 'local' })
}

function readVouch(bytes: Uint8Array): { readonly id: RecordId; readonly record: Vouch } {
  const { id, record } = read(bytes)
  if (record.type !== 'vouch') throw new Error('not a vouch')
  return { id, record }
}

async function atBoth(bytes: Uint8Array): Promise<void> {
  const { id } = read(bytes)
  await eventually('both nodes hold it', async () => {
    const held = await Promise.all([first, second].map(({ node }) => node.store.get(id)))
    return held.every((one) => one !== undefined)
  })
}

/** The score and its whole explanation at a fixed moment, on both nodes, as text. */
async function scores(asOfMs: number): Promise<readonly string[]> {
  const question = { subject: subject.did, scope: 'general', asOfMs }
  const explained = [first, second].map(async ({ node }) => node.outlook.explain(question))
  return (await Promise.all(explained)).map((one) => JSON.stringify(one))
}

async function scoreNumbers(asOfMs: number): Promise<readonly (number | null)[]> {
  const question = { subject: subject.did, scope: 'general', asOfMs }
  const scored = [first, second].map(async ({ node }) => node.outlook.score(question))
  return (await Promise.all(scored)).map(({ score }) => score)
}

async function honestPeer(...targets: readonly InProcess[]): Promise<Outsider> {
  const outsider = await Outsider.start()
  for (const { address } of targets) await outsider.join(address)
  return outsider
}

const asked = (peer: Outsider, node: InProcess) =>
  node.mesh.askAll(peer.peerId, subject.did, AbortSignal.timeout(10_000))

describe('a revoked vouch', () => {
  test('changes no score when it is sent again, in the same bytes or signed anew', async () => {
    const asOfMs = Date.now() + HOUR_MS
    const issuedAtMs = Date.now()
    const seen = sealed(
      {
        type: 'observation',
        sequence: issuedAtMs,
        issuedAtMs,
        expiresAtMs: issuedAtMs + 90 * DAY_MS,
        subject: subject.did,
        outcomes: [
          {
            scope: 'review',
            promised: { kind: 'count', count: 10 },
            delivered: { kind: 'count', count: 10 },
            clarity: 0,
            observedAtMs: issuedAtMs - DAY_MS,
          },
        ],
      },
      friend,
    )
    const vouch = sealed(vouchFor(subject, { level: 1000 }), friend)
    const revocation = sealed(
      revocationOf(readVouch(vouch), { sequence: issuedAtMs + 1_000, nowMs: Date.now() }),
      friend,
    )
    await using honest = await honestPeer(first)
    await honest.gossip(seen)
    await atBoth(seen)
    const without = await scoreNumbers(asOfMs)
    await honest.gossip(vouch)
    await atBoth(vouch)
    const vouched = await scoreNumbers(asOfMs)
    await honest.gossip(revocation)
    await atBoth(revocation)
    const revoked = await scores(asOfMs)
    // The test can tell: the vouch made a difference, and its revocation took it back.
    expect(vouched).not.toEqual(without)
    expect(await scoreNumbers(asOfMs)).toEqual(without)

    const signedAnew = sealed(readVouch(vouch).record, {
      did: friend.did,
      signer: restlessSigner('friend', 'again'),
    })
    expect(signedAnew).not.toEqual(vouch)
    expect(read(signedAnew).id).toBe(read(vouch).id)

    // Over gossip, as the answer to a question, and in a reconciliation.
    await using mallory = await Outsider.start()
    mallory.holding.record(vouch, signedAnew)
    mallory.records.set(subject.did, [vouch, signedAnew])
    for (const { address } of [first, second]) await mallory.join(address)
    const ignored = (): readonly number[] =>
      [first, second].map(({ mesh }) => mesh.gossip.stats.ignored)
    const ignoredBefore = ignored()
    expect(await mallory.gossip(vouch)).toBe(2)
    expect(await mallory.gossip(signedAnew)).toBe(2)
    await eventually('both nodes have judged the new bytes, and sent them no further', () =>
      ignored().every((count, at) => count > (ignoredBefore[at] ?? 0)),
    )
    for (const one of [first, second]) {
      expect(await asked(mallory, one)).toMatchObject({ records: 2, fresh: 0 })
      expect(await one.mesh.sync.with(mallory.peerId)).toMatchObject({ fresh: 0 })
      const { id } = read(vouch)
      // What is held are the first bytes, for whoever asks next.
      expect((await one.node.store.get(id))?.bytes).toEqual(vouch)
    }
    expect(await scores(asOfMs)).toEqual(revoked)
  })

  test('changes no score at a node that hears of the revocation first', async () => {
    const asOfMs = Date.now() + HOUR_MS
    const vouch = sealed(vouchFor(watcher, { level: 1000 }), friend)
    const onWatcher = async (): Promise<readonly (readonly unknown[])[]> =>
      Promise.all(
        [first, second].map(async ({ node }) => {
          const question = { subject: watcher.did, scope: 'general', asOfMs }
          const { state, social, standing } = await node.outlook.score(question)
          return [state, social, standing]
        }),
      )
    const unknown = await onWatcher()
    expect(unknown).toEqual([
      ['unknown', 0, 0],
      ['unknown', 0, 0],
    ])
    const revocation = sealed(
      revocationOf(readVouch(vouch), { sequence: Date.now() + 2_000, nowMs: Date.now() }),
      friend,
    )
    await using peer = await honestPeer(first)
    await peer.gossip(revocation)
    await atBoth(revocation)
    await peer.gossip(vouch)
    await atBoth(vouch)
    expect(await onWatcher()).toEqual(unknown)
    // The test can tell: another vouch of the same friend does count.
    const another = sealed(vouchFor(watcher, { level: 1000 }), friend)
    await peer.gossip(another)
    await atBoth(another)
    expect(await onWatcher()).not.toEqual(unknown)
  })
})

describe('a body with a broken signature, sent first', () => {
  test('does not keep the true record out, whoever sends that, over gossip', async () => {
    const record = vouchFor(subject, { scope: 'first.body' })
    const truth = sealed(record, friend)
    const broken = sealed(record, friend, { by: restlessSigner('mallory', 'one') })
    const brokenToo = sealed(record, friend, { by: restlessSigner('mallory', 'two') })
    const { id } = read(truth)
    expect(read(broken).id).toBe(id)

    await using mallory = await honestPeer(first, second)
    await using peer = await honestPeer(first)
    const rejected = (): readonly number[] =>
      [first, second].map(({ mesh }) => mesh.gossip.stats.rejected)
    const before = rejected()
    await mallory.gossip(broken)
    await mallory.gossip(brokenToo)
    await eventually('both nodes refused both', () =>
      rejected().every((count, at) => count >= (before[at] ?? 0) + 2),
    )
    for (const { node } of [first, second]) expect(await node.store.get(id)).toBeUndefined()

    await peer.gossip(truth)
    await atBoth(truth)
    for (const { node } of [first, second]) {
      expect((await node.store.get(id))?.bytes).toEqual(truth)
    }
  })

  test('does not keep the true record out of the very next message by the same peer', async () => {
    const record = vouchFor(subject, { scope: 'second.body' })
    const truth = sealed(record, friend)
    const broken = truth.slice()
    // The signature stands before the last two fields: one bit of it.
    const at = broken.length - 20
    broken[at] = (broken[at] ?? 0) ^ 1
    expect(read(broken).id).toBe(read(truth).id)
    await using mallory = await honestPeer(first)
    await mallory.gossip(broken)
    await mallory.gossip(truth)
    await atBoth(truth)
  })

  test('does not keep the true record out of an answer or of a reconciliation', async () => {
    const record = vouchFor(subject, { scope: 'third.body' })
    const truth = sealed(record, friend)
    const broken = sealed(record, friend, { by: restlessSigner('mallory', 'three') })
    await using mallory = await honestPeer(first)
    mallory.records.set(subject.did, [broken, truth])
    const answer = await asked(mallory, first)
    expect(answer).toMatchObject({ records: 2, fresh: 1 })
    expect([...answer.refused]).toEqual([['record/signature-invalid', 1]])
    await using other = await Outsider.start()
    other.holding.record(broken, truth)
    await other.join(second.address)
    await atBoth(truth)
  })
})
