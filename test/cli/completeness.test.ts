import { describe, expect, test } from 'vitest'
import { completenessLines } from '../../src/cli/commands/score.ts'
import { BOB, scoreOf } from '../api/memory-node.ts'

function linesOf(change: Partial<ReturnType<typeof scoreOf>['completeness']>): readonly string[] {
  const found = scoreOf(BOB)
  return completenessLines({ ...found, completeness: { ...found.completeness, ...change } })
}

describe('how complete an answer is, in words', () => {
  test('says nothing where the shard is followed', () => {
    expect(linesOf({ followed: true, complete: true })).toEqual([])
  })

  test('says how many agree, and whether something may be missing', () => {
    const asked = { followed: false, peersAsked: 4, peersAnswered: 3 }
    expect(linesOf({ ...asked, complete: true, peersAgreed: 3 })).toEqual([
      'asked 4 peers, 3 answered, 3 agree',
    ])
    expect(linesOf({ ...asked, complete: false, peersAgreed: 2 })).toEqual([
      'Not all may be here: asked 4 peers, 3 answered, 2 agree',
    ])
  })
})
