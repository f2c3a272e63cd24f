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
import { converged, inOneChunk, recordIds, stage, type Actor } from '../support/processes.ts'

const AGREE_LIMIT_MS = 60 * SECOND_MS

const POLL = { timeout: AGREE_LIMIT_MS, interval: 50 }

/** What a node says that it refused, as it says it. */
class Rejections implements AsyncDisposable {
  readonly #seen: { readonly via: unknown; readonly code: unknown }[] = []
  readonly #closing = new AbortController()
  readonly #listening: Promise<void>

  constructor({ client }: Actor) {
    this.#listening = this.#listen(client)
  }

  /** Codes, sorted, of what came that way. */
  over(way: string): readonly string[] {
    return this.#seen.flatMap(({ via, code }) => (via === way ? [String(code)] : [])).toSorted()
  }

  async #listen(client: Actor['client']): Promise<void> {
    const { signal } = this.#closing
    try {
      const events = client.events({ kinds: ['record.rejected'], cursor: 0 }, { signal })
      for await (const { data } of events) this.#seen.push({ via: data['via'], code: data['code'] })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#listening
  }
}

function idOf(bytes: Uint8Array): string {
  return recordIdText(Candidate.parse(bytes, { network: 'local' }).id)
}

test('what a hostile peer sends to a process is stored there no more than behind it', async () => {
  const [author, subject] = [persona('author'), persona('subject')]
  const bad = badRecords(author, subject)
  const codes = bad.map(({ code }) => code).toSorted()
  const enormous = largerThanAnyRecord(author, subject)
  const sound = Array.from({ length: 3 }, () => sealed(vouchFor(subject), author))
  const [gossiped, caughtUp, last] = sound
  if (!gossiped || !caughtUp || !last) throw new Error('three sound records')

  await using cleanUp = new AsyncDisposableStack()
  await using cast = await stage()
  const victim = await cast.enter('victim', [])
  const behind = await cast.enter('behind', [victim.address])
  const identities = [author.identity, subject.identity]
  for (const { client } of [victim, behind]) {
    await client.importRecords({ body: inOneChunk(encodeBundle({ identities, records: [] })) })
  }

  await using rejections = new Rejections(victim)
  // Over gossip: nobody forgives more than a few refused messages, so each comes from its own peer.
  for (const { bytes } of bad) {
    const mallory = cleanUp.use(await Outsider.start())
    await mallory.join(victim.address)
    expect(await mallory.gossip(bytes)).toBe(1)
  }
  await expect.poll(() => rejections.over('gossip'), POLL).toEqual(codes)
  await using honest = await Outsider.start()
  await honest.join(victim.address)
  await honest.gossip(gossiped)
  await converged([victim, behind], 1, AGREE_LIMIT_MS)

  // In a reconciliation, with one sound record among them, and one message that is no message.
  await using mallory = await Outsider.start()
  mallory.holding.record(...bad.map(({ bytes }) => bytes), caughtUp)
  await mallory.join(victim.address)
  await using careless = await Outsider.start()
  careless.careless = enormous
  await careless.join(victim.address)
  await converged([victim, behind], 2, AGREE_LIMIT_MS)

  await expect.poll(() => [...new Set(rejections.over('sync'))], POLL).toEqual([...new Set(codes)])

  // In answer to the question that a key nobody knows makes the victim ask: another agent's log.
  const stranger = persona('stranger')
  await using liar = await Outsider.start()
  liar.identities.set(stranger.did, persona('somebody else').identity)
  await liar.join(victim.address)
  const byUnknownKey = sealed(vouchFor(subject), { did: stranger.did, signer: author.signer })
  await liar.gossip(byUnknownKey)
  await expect.poll(() => liar.asked, POLL).toContain(stranger.did)
  await expect.poll(() => rejections.over('gossip'), POLL).toContain('record/key-unknown')

  await honest.gossip(last)
  await converged([victim, behind], 3, AGREE_LIMIT_MS)
  const expected = sound.map(idOf).toSorted()
  for (const actor of [victim, behind]) {
    expect(await recordIds(actor)).toEqual(expected)
    expect((await actor.client.status({})).store.records).toBe(expected.length)
  }
})
