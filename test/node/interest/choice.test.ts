import { describe, expect, test } from 'vitest'
import { didFromBytes, type Did } from '../../../src/identity/did.ts'
import { everyShard, wantedShards } from '../../../src/node/interest/choice.ts'

/** In shard `shard` of 16; `number` tells agents of one shard apart. */
function agentIn(shard: number, number = 0): Did {
  const bytes = new Uint8Array(16).fill(number)
  bytes[0] = shard << 4
  return didFromBytes(bytes)
}

const BITS = 4
const own = agentIn(3)

describe('the shards that are wanted', () => {
  test('are the one of the own agent, when nobody else concerns it', () => {
    expect([...wantedShards({ own, near: [], asked: [] }, BITS)]).toEqual([3])
  })

  test('are those of agents with standing and of agents asked about, by turns, each once', () => {
    const near = [agentIn(5), agentIn(5, 1), agentIn(7)]
    const asked = [agentIn(9), agentIn(3, 1), agentIn(11)]
    expect([...wantedShards({ own, near, asked }, BITS)]).toEqual([3, 5, 9, 7, 11])
  })

  test('are as many as there is room for, and not one more', () => {
    const near = [agentIn(5), agentIn(7), agentIn(8)]
    expect([...wantedShards({ own, near, asked: [] }, BITS, 4)]).toEqual([3, 5, 7, 8])
    expect([...wantedShards({ own, near, asked: [] }, BITS, 3)]).toEqual([3, 5, 7])
    expect([...wantedShards({ own, near, asked: [] }, BITS, 1)]).toEqual([3])
  })

  test('go on past one kind of agents when it ends before the other', () => {
    const asked = [agentIn(1), agentIn(2), agentIn(4)]
    expect([...wantedShards({ own, near: [agentIn(5)], asked }, BITS)]).toEqual([3, 5, 1, 2, 4])
  })

  test('on a network without shards are the one there is', () => {
    const wishes = { own, near: [agentIn(5)], asked: [agentIn(9)] }
    expect([...wantedShards(wishes, 0)]).toEqual([0])
    expect(everyShard(0)).toEqual([0])
    expect(everyShard(2)).toEqual([0, 1, 2, 3])
  })
})
