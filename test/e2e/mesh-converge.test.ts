import { expect, test } from 'vitest'
import { SECOND_MS } from '../../src/base/units.ts'
import { converged, recordIds, stage, type Actor } from '../support/processes.ts'

const AGREE_LIMIT_MS = 60 * SECOND_MS

/** Everybody vouches for the next, and says what the one after that delivered. */
async function speak(actors: readonly Actor[]): Promise<string[]> {
  const said = actors.flatMap((actor, at) => {
    const next = actors[(at + 1) % actors.length]
    const other = actors[(at + 2) % actors.length]
    if (next === undefined || other === undefined) return []
    return [
      actor.client.createVouch({ subject: next.did, level: 0.8 }),
      actor.client.createObservation({
        subject: other.did,
        task: 'review',
        promised: 10,
        delivered: 9,
        share: 'public',
      }),
    ]
  })
  return (await Promise.all(said)).map(({ id }) => id)
}

test('five processes come to hold the same records, and so does one that joins late', async () => {
  await using cast = await stage()
  const first = await cast.enter('one', [])
  const bootstrap = [first.address]
  const others = await Promise.all(
    ['two', 'three', 'four', 'five'].map(async (name) => cast.enter(name, bootstrap)),
  )
  const five = [first, ...others]

  const said = await speak(five)
  expect(new Set(said).size).toBe(10)
  await converged(five, said.length, AGREE_LIMIT_MS)
  for (const actor of five) expect(await recordIds(actor)).toEqual(said.toSorted())

  const late = await cast.enter('late', bootstrap)
  await converged([...five, late], said.length, AGREE_LIMIT_MS)
  expect(await recordIds(late)).toEqual(said.toSorted())

  // The late one takes part: what it says reaches those who were there before, and the other way.
  said.push(...(await speak([late, first])))
  await converged([...five, late], said.length, AGREE_LIMIT_MS)
  for (const actor of [...five, late]) expect(await recordIds(actor)).toEqual(said.toSorted())
})
