import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Candidate } from '../../../src/records/verified.ts'
import { recordIdText } from '../../../src/records/wire.ts'
import {
  Outsider,
  badRecords,
  largerThanAnyRecord,
  persona,
  sealed,
  vouchFor,
} from '../../support/hostile.ts'
import { keyNamed } from '../../support/identity.ts'
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

/** A sound record for the same way: it has to arrive, so the way was open. */
function soundRecord(): Uint8Array {
  const bytes = sealed(vouchFor(subject), author)
  sound.push(recordIdText(Candidate.parse(bytes, { network: 'local' }).id))
  return bytes
}

async function onlySoundRecordsAreStored(at: InProcess): Promise<void> {
  const expected = sound.toSorted()
  await eventually('the sound records are there', async () => {
    const held = await idsOnDisk(at.node)
    return expected.every((id) => held.includes(id))
  })
  expect(await idsOnDisk(at.node)).toEqual(expected)
}

const signal = (): AbortSignal => AbortSignal.timeout(10_000)

/** What one refused message costs, less what a good one brings; a second one would make it -20. */
const COST_OF_ONE = -5
const COST_OF_TWO = -20

/**
 * What a peer lost so far. Scores are up to a second old when they are read, so that nothing was lost
 * shows in what comes next: the first refused message costs what one costs.
 */
async function expectCost(sender: Outsider, costs: boolean): Promise<void> {
  const { gossip } = victim.mesh
  if (!costs) {
    await sender.gossip(sealed(vouchFor(subject), author, { by: keyNamed('anybody') }))
  }
  await eventually('the refusal costs', () => gossip.score(sender.peerId) < COST_OF_ONE / 2)
  expect(gossip.score(sender.peerId)).toBeGreaterThan((COST_OF_ONE + COST_OF_TWO) / 2)
}

describe('what a hostile peer gossips', () => {
  test.for(bad)('$name is stored nowhere; it costs: $costs', async ({ bytes, code, costs }) => {
    await using sender = await mallory()
    const before = refusals(code)
    expect(await sender.gossip(bytes)).toBe(1)
    await eventually('the victim refused it', () => refusals(code) === before + 1)
    await sender.gossip(soundRecord())
    await onlySoundRecordsAreStored(victim)
    await onlySoundRecordsAreStored(behind)
    await expectCost(sender, costs)
  })

  test('a record larger than any record is not even looked at; it costs', async () => {
    await using sender = await mallory()
    const before = victim.mesh.gossip.stats.rejected
    await sender.gossip(enormous)
    await eventually('the victim refused it', () => victim.mesh.gossip.stats.rejected > before)
    await sender.gossip(soundRecord())
    await onlySoundRecordsAreStored(victim)
    await expectCost(sender, true)
  })
})

describe('what a hostile peer answers to a question', () => {
  test.for(bad)('$name is stored nowhere; it costs: $costs', async ({ bytes, code, costs }) => {
    await using sender = await mallory()
    sender.records.set(subject.did, [bytes, soundRecord()])
    const asked = await victim.mesh.askAll(sender.peerId, subject.did, signal())
    expect(asked).toMatchObject({ found: true, records: 2, fresh: 1 })
    expect([...asked.refused]).toEqual([[code, 1]])
    await onlySoundRecordsAreStored(victim)
    await expectCost(sender, costs)
  })

  test('a page with a record larger than any record breaks the protocol; it costs', async () => {
    await using sender = await mallory()
    sender.records.set(subject.did, [enormous])
    await expect(victim.mesh.askAll(sender.peerId, subject.did, signal())).rejects.toMatchObject({
      fault: { code: 'p2p/frame-malformed' },
    })
    await onlySoundRecordsAreStored(victim)
    await expectCost(sender, true)
  })
})

describe('what a hostile peer holds when sets are compared', () => {
  test.for(bad)('$name is stored nowhere; it costs: $costs', async ({ bytes, code, costs }) => {
    await using sender = await Outsider.start()
    sender.holding.record(bytes, soundRecord())
    // The victim asks whom it knows every few seconds: each time the record would cost again.
    sender.holdsOnce = true
    const before = refusals(code)
    await sender.join(victim.address)
    await eventually('the victim has taken it in', () => refusals(code) === before + 1)
    await onlySoundRecordsAreStored(victim)
    await expectCost(sender, costs)
  })

  test('a record larger than any record breaks the protocol; it costs', async () => {
    await using sender = await Outsider.start()
    sender.careless = enormous
    await sender.join(victim.address)
    await eventually('it costs', () => victim.mesh.gossip.score(sender.peerId) < 0)
    await onlySoundRecordsAreStored(victim)
  })
})

test('nothing of all that reached the node behind the victim, nor was it ever sent there', async () => {
  await onlySoundRecordsAreStored(behind)
  expect([...behind.node.pipeline.refused]).toEqual([])
  expect(behind.mesh.gossip.stats.rejected).toBe(0)
  expect(behind.mesh.host.libp2p.getPeers().map(String)).toEqual([victim.peerId])
})
