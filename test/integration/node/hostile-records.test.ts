import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordIdText } from '../../../src/records/wire.ts'
import { Candidate } from '../../../src/records/verified.ts'
import {
  Outsider,
  badRecords,
  largerThanAnyRecord,
  persona,
  sealed,
  vouchFor,
} from '../../support/hostile.ts'
import { eventually } from '../../support/mesh.ts'
import { idsOnDisk, inGossip, startNode, type InProcess } from '../../support/nodes.ts'

/**
 * Mallory, a bare libp2p peer, speaks to the victim alone; another node listens to the victim. Each bad
 * record comes from a Mallory of its own, so that one's score says nothing about another's.
 */
const author = persona('author')
const subject = persona('subject')
const bad = badRecords(author, subject)
const enormous = largerThanAnyRecord(author, subject)

let victim: InProcess
let behind: InProcess
/** Ids of the sound records that were sent in between: all that may ever be stored. */
const sound: string[] = []

beforeAll(async () => {
  victim = await startNode()
  behind = await startNode({ bootstrap: [victim.address] })
  await inGossip([victim, behind])
  for (const { identity } of [author, subject]) {
    for (const { node } of [victim, behind]) {
      await node.pipeline.offerIdentity(identity, { via: 'api' })
    }
  }
})

afterAll(async () => {
  await behind[Symbol.asyncDispose]()
  await victim[Symbol.asyncDispose]()
})

async function mallory(): Promise<Outsider> {
  const outsider = await Outsider.start()
  await outsider.join(victim.address)
  return outsider
}

function refusals(code: string): number {
  return new Map<string, number>(victim.node.pipeline.refused).get(code) ?? 0
}

/** A sound record sent the same way, which has to arrive at both: the way is open. */
function soundRecord(): Uint8Array {
  const bytes = sealed(vouchFor(subject), author)
  sound.push(recordIdText(Candidate.parse(bytes, { network: 'local' }).id))
  return bytes
}

async function onlySoundRecordsAreStored(): Promise<void> {
  const expected = sound.toSorted()
  await eventually('the sound records are at both', async () => {
    const held = await Promise.all([idsOnDisk(victim.node), idsOnDisk(behind.node)])
    return held.every((ids) => expected.every((id) => ids.includes(id)))
  })
  for (const { node } of [victim, behind]) expect(await idsOnDisk(node)).toEqual(expected)
  // The victim passed nothing of it on: the node behind it was never even asked.
  expect([...behind.node.pipeline.refused]).toEqual([])
  expect(behind.mesh.gossip.stats.rejected).toBe(0)
  expect(behind.mesh.host.libp2p.getPeers().map(String)).toEqual([victim.peerId])
}

describe('what a hostile peer gossips', () => {
  test.for(bad)('$name is stored nowhere, and costs: $costs', async ({ bytes, code, costs }) => {
    await using sender = await mallory()
    const before = refusals(code)
    expect(await sender.gossip(bytes)).toBe(1)
    await eventually('the victim refused it', () => refusals(code) === before + 1)
    // The score follows the validator's answer, which follows the refusal.
    await eventually(
      'the verdict is in',
      () => victim.mesh.gossip.score(sender.peerId) < 0 === costs,
    )
    await sender.gossip(soundRecord())
    await onlySoundRecordsAreStored()
    if (!costs) expect(victim.mesh.gossip.score(sender.peerId)).toBeGreaterThanOrEqual(0)
  })

  test('a record larger than any record is not even looked at, and costs', async () => {
    await using sender = await mallory()
    const before = victim.mesh.gossip.stats.rejected
    await sender.gossip(enormous)
    await eventually('the victim refused it', () => victim.mesh.gossip.stats.rejected > before)
    await eventually('it costs', () => victim.mesh.gossip.score(sender.peerId) < 0)
    await sender.gossip(soundRecord())
    await onlySoundRecordsAreStored()
  })
})

describe('what a hostile peer answers to a question', () => {
  const signal = (): AbortSignal => AbortSignal.timeout(10_000)

  test.for(bad)('$name is stored nowhere, and costs: $costs', async ({ bytes, code, costs }) => {
    await using sender = await mallory()
    sender.records.set(subject.did, [bytes, soundRecord()])
    const asked = await victim.mesh.askAll(sender.peerId, subject.did, signal())
    expect(asked).toMatchObject({ found: true, records: 2, fresh: 1 })
    expect([...asked.refused]).toEqual([[code, 1]])
    const score = victim.mesh.gossip.score(sender.peerId)
    if (costs) expect(score).toBeLessThan(0)
    else expect(score).toBeGreaterThanOrEqual(0)
    await onlySoundRecordsAreStored()
  })

  test('a page with a record larger than any record breaks the protocol, and costs', async () => {
    await using sender = await mallory()
    sender.records.set(subject.did, [enormous])
    await expect(victim.mesh.askAll(sender.peerId, subject.did, signal())).rejects.toMatchObject({
      fault: { code: 'p2p/frame-malformed' },
    })
    expect(victim.mesh.gossip.score(sender.peerId)).toBeLessThan(0)
    await onlySoundRecordsAreStored()
  })
})

describe('what a hostile peer has in its journal', () => {
  test.for(bad)('$name is stored nowhere, and costs: $costs', async ({ bytes, code, costs }) => {
    await using sender = await Outsider.start()
    sender.journal.push(
      { arrival: 1, kind: 'record', bytes },
      { arrival: 2, kind: 'record', bytes: soundRecord() },
    )
    const before = refusals(code)
    await sender.join(victim.address)
    await eventually('the victim has read it', () => refusals(code) === before + 1)
    await victim.mesh.catchUp.with(sender.peerId)
    const score = victim.mesh.gossip.score(sender.peerId)
    if (costs) expect(score).toBeLessThan(0)
    else expect(score).toBeGreaterThanOrEqual(0)
    await onlySoundRecordsAreStored()
  })

  test('a page with a record larger than any record breaks the protocol, and costs', async () => {
    await using sender = await Outsider.start()
    sender.journal.push({ arrival: 1, kind: 'record', bytes: enormous })
    await sender.join(victim.address)
    await eventually('it costs', () => victim.mesh.gossip.score(sender.peerId) < 0)
    await onlySoundRecordsAreStored()
  })
})
