import { expect, test } from 'vitest'
import { SECOND_MS } from '../../src/base/units.ts'
import { encodeBundle } from '../../src/records/bundle.ts'
import { Candidate } from '../../src/records/verified.ts'
import { recordIdText } from '../../src/records/wire.ts'
import {
  Outsider,
  badRecords,
  largerThanAnyRecord,
  persona,
  sealed,
  vouchFor,
} from '../support/hostile.ts'
import { converged, inOneChunk, recordIds, stage } from '../support/processes.ts'

const AGREE_LIMIT_MS = 60 * SECOND_MS

function idOf(bytes: Uint8Array): string {
  return recordIdText(Candidate.parse(bytes, { network: 'local' }).id)
}

test('what a hostile peer sends to a process is stored there no more than behind it', async () => {
  const [author, subject] = [persona('author'), persona('subject')]
  const bad = badRecords(author, subject).map(({ bytes }) => bytes)
  const enormous = largerThanAnyRecord(author, subject)
  const sound = Array.from({ length: 3 }, () => sealed(vouchFor(subject), author))
  const [gossiped, caughtUp, last] = sound
  if (!gossiped || !caughtUp || !last) throw new Error('three sound records')

  await using cast = await stage()
  const victim = await cast.enter('victim', [])
  const behind = await cast.enter('behind', [victim.address])
  const identities = [author.identity, subject.identity]
  for (const { client } of [victim, behind]) {
    await client.importRecords({ body: inOneChunk(encodeBundle({ identities, records: [] })) })
  }

  // Over gossip: nobody forgives more than a few refused messages, so each comes from its own peer.
  for (const bytes of [...bad, enormous]) {
    await using mallory = await Outsider.start()
    await mallory.join(victim.address)
    expect(await mallory.gossip(bytes)).toBe(1)
  }
  await using honest = await Outsider.start()
  await honest.join(victim.address)
  await honest.gossip(gossiped)
  await converged([victim, behind], 1, AGREE_LIMIT_MS)

  // As pages of catch-up, with one sound record among them, and one page that is no page.
  await using mallory = await Outsider.start()
  mallory.journal.push(
    ...bad.map((bytes, at) => ({ arrival: at + 1, kind: 'record' as const, bytes })),
    { arrival: bad.length + 1, kind: 'record', bytes: caughtUp },
  )
  await mallory.join(victim.address)
  await using careless = await Outsider.start()
  careless.journal.push({ arrival: 1, kind: 'record', bytes: enormous })
  await careless.join(victim.address)
  await converged([victim, behind], 2, AGREE_LIMIT_MS)

  // In answer to the question that a key nobody knows makes the victim ask: another agent's log, and
  // records where a log was asked for.
  const stranger = persona('stranger')
  await using liar = await Outsider.start()
  liar.identities.set(stranger.did, persona('somebody else').identity)
  await liar.join(victim.address)
  const byUnknownKey = sealed(vouchFor(subject), { did: stranger.did, signer: author.signer })
  await liar.gossip(byUnknownKey)
  await expect.poll(() => liar.asked, { timeout: AGREE_LIMIT_MS }).toContain(stranger.did)

  await honest.gossip(last)
  await converged([victim, behind], 3, AGREE_LIMIT_MS)
  const expected = sound.map(idOf).toSorted()
  for (const actor of [victim, behind]) {
    expect(await recordIds(actor)).toEqual(expected)
    expect((await actor.client.status({})).store.records).toBe(expected.length)
  }
})
