import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { expect, test } from 'vitest'
import { takeFramesInTurn } from '../../../src/p2p/gossip/frames-in-turn.ts'

interface Frame {
  readonly subscriptions?: readonly string[]
  readonly messages?: readonly number[]
  readonly control?: string
}

/** A router whose step is wrapped, with room when the test says so. */
function bench(places: () => number) {
  const handled: Frame[] = []
  const rooms: (() => void)[] = []
  const service = {
    handleReceivedRpc: async (_from: string, frame: Frame): Promise<void> => {
      handled.push(frame)
      await Promise.resolve()
    },
  }
  takeFramesInTurn(service as unknown as GossipSub, {
    placesOf: places,
    room: async () =>
      new Promise((resolve) => {
        rooms.push(resolve)
      }),
  })
  return { handled, rooms, take: async (frame: Frame) => service.handleReceivedRpc('peer', frame) }
}

const turn = async (): Promise<void> => new Promise((next) => void setImmediate(next))

test('a frame is taken in parts, each when there is room for it, and control comes last', async () => {
  const { handled, rooms, take } = bench(() => 2)
  let isDone = false
  const taken = take({ subscriptions: ['s'], messages: [1, 2, 3, 4, 5], control: 'c' }).finally(
    () => {
      isDone = true
    },
  )
  await turn()
  expect(handled).toEqual([{ subscriptions: ['s'], messages: [1, 2] }])
  rooms[0]?.()
  await turn()
  expect(handled.slice(1)).toEqual([{ subscriptions: [], messages: [3, 4] }])
  rooms[1]?.()
  await turn()
  expect(handled.slice(2)).toEqual([{ subscriptions: [], messages: [5], control: 'c' }])
  expect(isDone).toBe(false)
  rooms[2]?.()
  await taken
})

test('parts grow with the places of the peer', async () => {
  let places = 1
  const { handled, rooms, take } = bench(() => places)
  void take({ messages: [1, 2, 3, 4, 5, 6] })
  for (let at = 0; at < 3; at++) {
    await turn()
    places *= 2
    rooms[at]?.()
  }
  expect(handled.map(({ messages }) => messages)).toEqual([[1], [2, 3], [4, 5, 6]])
})

test('a frame without messages is taken once', async () => {
  const { handled, rooms, take } = bench(() => 8)
  void take({ subscriptions: ['s'], messages: [], control: 'c' })
  await turn()
  rooms[0]?.()
  await turn()
  expect(handled).toEqual([{ subscriptions: ['s'], messages: [], control: 'c' }])
})

test('a library that takes frames in another way is told at once', () => {
  const intake = { placesOf: () => 1, room: async () => Promise.resolve() }
  expect(() => takeFramesInTurn({} as unknown as GossipSub, intake)).toThrow('in another way')
})
