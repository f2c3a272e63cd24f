import { expect, test } from 'vitest'
import { SECOND_MS } from '../../src/base/units.ts'
import { CROWD_READY_LIMIT_MS, actorAt, enterAll, level, report, sayOne } from '../support/crowd.ts'
import { untilKilled } from '../support/kill-rounds.ts'
import { recordIds, stage, type Actor } from '../support/processes.ts'

const NODES = 16
const ROUNDS = 10
/** Records that those who are killed have stored before the blow; they are storing more then. */
const BEFORE_BLOW = 6
/** What one node says in a round at most, far from what is kept of one issuer in an hour. */
const SAID_LIMIT = 3
const LEVEL_LIMIT_MS = 60 * SECOND_MS

test('no acknowledged record is lost when half of the nodes are killed, ten times', async () => {
  await using cast = await stage()
  const enter = async (at: number, bootstrap: readonly string[]): Promise<Actor> =>
    cast.enter(`node ${at}`, bootstrap, { readyLimitMs: CROWD_READY_LIMIT_MS })
  const numbers = Array.from({ length: NODES }, (_, at) => at)
  const first = await enter(0, [])
  const others = await enterAll(numbers.slice(1), async (at) => enter(at, [first.address]))
  const actors = [first, ...others]
  const acknowledged: string[] = []

  let slowestMs = 0
  let cutOff = 0
  for (let round = 0; round < ROUNDS; round++) {
    // The even ones and the odd ones in turn.
    const doomed = numbers.filter((at) => at % 2 === round % 2)
    const living = actors.filter((_, at) => !doomed.includes(at))
    const speakers = doomed.map((at) => actorAt(actors, at))
    cutOff += await killWhileSpeaking(cast, speakers, actorAt(living, 0), acknowledged)
    const bootstrap = living.slice(0, 2).map(({ address }) => address)
    const back = await enterAll(doomed, async (at) => enter(at, bootstrap))
    for (const [index, at] of doomed.entries()) actors[at] = actorAt(back, index)
    slowestMs = Math.max(slowestMs, await level(actors, acknowledged.length, LEVEL_LIMIT_MS))
  }

  // What was stored and could not be acknowledged any more is there too.
  const all = await recordIds(actorAt(actors, 0))
  await level(actors, all.length, LEVEL_LIMIT_MS)
  const held = new Set(all)
  expect(acknowledged.filter((id) => !held.has(id))).toEqual([])
  for (const actor of actors) expect(await recordIds(actor)).toEqual(all)
  expect(cutOff).toBeGreaterThan(0)
  const seconds = (slowestMs / SECOND_MS).toFixed(1)
  report(`${all.length} records, ${NODES} nodes, level ${seconds} s after the slowest of ${ROUNDS}`)
})

/** Adds what was stored to `acknowledged`, and says how many were cut off in the middle of a call. */
async function killWhileSpeaking(
  cast: Awaited<ReturnType<typeof stage>>,
  speakers: readonly Actor[],
  subject: Actor,
  acknowledged: string[],
): Promise<number> {
  const enough = Promise.withResolvers<undefined>()
  const wanted = acknowledged.length + BEFORE_BLOW
  const speaking = speakers.map(async (actor) =>
    untilKilled(async () => {
      for (let said = 0; said < SAID_LIMIT; said++) {
        acknowledged.push(await sayOne(actor, subject, said))
        if (acknowledged.length >= wanted) enough.resolve(undefined)
      }
    }),
  )
  await Promise.race([enough.promise, Promise.all(speaking)])
  await Promise.all(speakers.map(async (actor) => cast.kill(actor)))
  return (await Promise.all(speaking)).filter((isCutOff) => isCutOff).length
}
