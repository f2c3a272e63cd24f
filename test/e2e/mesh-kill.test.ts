import { expect, test } from 'vitest'
import { killRound } from '../support/kill-rounds.ts'
import { stage } from '../support/processes.ts'

/** After so many answers the node is killed, with more calls under way. */
const ANSWERS = [3, 11, 19]

test('a node killed while records flow in still has every record that it said it stored', async () => {
  await using cast = await stage()
  let actor = await cast.enter('victim', [])
  const { did } = actor
  let before: ReadonlySet<string> = new Set()
  let cutOff = 0
  for (const [at, answers] of ANSWERS.entries()) {
    const round = await killRound(cast, actor, { name: `round ${at}`, answers, before })
    expect(round.missing, `after ${answers} answers`).toEqual([])
    expect(round.count).toBeGreaterThanOrEqual(answers)
    expect(round.actor.did).toBe(did)
    // No number was given out twice: neither before the blow nor after it.
    expect(new Set(round.ownSequences).size).toBe(round.ownSequences.length)
    actor = round.actor
    before = round.acknowledged
    cutOff += round.cutOff
  }
  // The blows fell in the middle of something.
  expect(cutOff).toBeGreaterThan(0)
  // It goes on where it was.
  const { id } = await actor.client.createObservation({
    subject: did.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    task: 'review',
    promised: 1,
    delivered: 1,
    share: 'public',
  })
  expect(before.has(id)).toBe(false)
})
