import { expect, test } from 'vitest'
import { killRound } from '../support/kill-rounds.ts'
import { stage } from '../support/processes.ts'

const HOMES = 6
const ROUNDS_PER_HOME = 4
/** After one answer in the first round, after two in the second, and so on. */
const ANSWERS_LIMIT = 22

test('no acknowledged record is lost in many blows, each at another moment', async () => {
  await using cast = await stage()
  let answers = 0
  let cutOff = 0
  for (let home = 0; home < HOMES; home++) {
    let actor = await cast.enter(`home ${home}`, [])
    let before: ReadonlySet<string> = new Set()
    for (let round = 0; round < ROUNDS_PER_HOME; round++) {
      answers = (answers % ANSWERS_LIMIT) + 1
      const name = `${home} ${round}`
      const result = await killRound(cast, actor, { name, answers, before })
      expect(result.missing, `home ${home}, after ${answers} answers`).toEqual([])
      expect(new Set(result.ownSequences).size).toBe(result.ownSequences.length)
      actor = result.actor
      before = result.acknowledged
      cutOff += result.cutOff
    }
    await cast.kill(actor)
  }
  expect(cutOff).toBeGreaterThan(HOMES)
})
