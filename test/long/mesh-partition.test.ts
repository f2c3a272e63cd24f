import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SECOND_MS } from '../../src/base/units.ts'
import { actorAt, enterAll, level, report, speak } from '../support/crowd.ts'
import { Country, whyNoNamespaces } from '../support/namespaces.ts'
import { recordIds, stage } from '../support/processes.ts'

const NODES = 30
/** Long enough for connections to be given up, so that healing begins with dialling. */
const PARTED_MS = 45 * SECOND_MS
const SPEAKERS_PER_SIDE = 4
const RECORDS_PER_SPEAKER = 6
const SIDE_LIMIT_MS = 60 * SECOND_MS
const HEAL_LIMIT_MS = 60 * SECOND_MS

const obstacle = await whyNoNamespaces()

test('a mesh that was parted holds the same records within a minute of healing', async ({
  skip,
}) => {
  if (obstacle !== undefined) skip(obstacle)
  await using country = await Country.of(NODES)
  await using cast = await stage()
  const first = await country.enter(cast, 0, [])
  const last = await country.enter(cast, NODES - 1, [first.address])
  const bootstrap = [first.address, last.address]
  const between = Array.from({ length: NODES - 2 }, (_, at) => at + 1)
  const others = await enterAll(between, async (at) => country.enter(cast, at, bootstrap))
  const actors = [first, ...others, last]
  const near = actors.filter((_, at) => !country.isFar(at))
  const far = actors.filter((_, at) => country.isFar(at))
  const before = await speak([first, last], RECORDS_PER_SPEAKER)
  await level(actors, before.length, SIDE_LIMIT_MS)

  await country.part()
  const partedAtMs = performance.now()
  const nearSaid = await speak(near.slice(0, SPEAKERS_PER_SIDE), RECORDS_PER_SPEAKER)
  const farSaid = await speak(far.slice(0, SPEAKERS_PER_SIDE), RECORDS_PER_SPEAKER)
  await Promise.all([
    level(near, before.length + nearSaid.length, SIDE_LIMIT_MS),
    level(far, before.length + farSaid.length, SIDE_LIMIT_MS),
  ])
  const heldNear = new Set(await recordIds(actorAt(near, 0)))
  expect(farSaid.filter((id) => heldNear.has(id))).toEqual([])
  await delay(Math.max(0, PARTED_MS - (performance.now() - partedAtMs)))

  await country.join()
  const all = [...before, ...nearSaid, ...farSaid].toSorted()
  const tookMs = await level(actors, all.length, HEAL_LIMIT_MS)
  for (const actor of actors) expect(await recordIds(actor)).toEqual(all)
  report(`${NODES} nodes level ${(tookMs / SECOND_MS).toFixed(1)} s after the heal`)
})
