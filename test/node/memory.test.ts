import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { MIB_BYTES } from '../../src/base/units.ts'
import { MemoryKeeper } from '../../src/node/memory.ts'

/** A heap that halves when it is collected. */
function heapOf(mib: number, busy: number) {
  const heap = { bytes: mib * MIB_BYTES, busy, collected: 0 }
  return {
    state: heap,
    size: () => heap.bytes,
    busyShare: () => heap.busy,
    collect: () => {
      heap.collected++
      heap.bytes /= 2
    },
  }
}

describe('memory', () => {
  test.each([
    ['an idle node whose heap has grown', 24, 0.25, 1],
    ['one whose heap has grown too little', 23.9, 0, 0],
    ['a busy one', 200, 0.26, 0],
    ['one whose heap takes long to collect', 320.1, 0, 0],
    ['one whose heap is as large as it may be', 320, 0, 1],
  ])('%s: of %d MiB at %d busy it collects %d times', (_what, mib, busy, times) => {
    const heap = heapOf(mib, busy)
    using keeper = new MemoryKeeper(silentLogger, heap)
    keeper.look()
    expect(heap.state.collected).toBe(times)
  })

  test('what was given back once is not looked for again until the heap grows', () => {
    const heap = heapOf(100, 0)
    using keeper = new MemoryKeeper(silentLogger, heap)
    keeper.look()
    keeper.look()
    expect(heap.state.collected).toBe(1)
    heap.state.bytes = 74 * MIB_BYTES
    keeper.look()
    expect(heap.state.collected).toBe(2)
  })

  test('the process has a collector, and its heap is not larger after it', () => {
    using keeper = new MemoryKeeper(silentLogger)
    const before = process.memoryUsage().heapUsed
    const garbage = Array.from({ length: 200_000 }, (_, at) => ({ at }))
    garbage.length = 0
    keeper.look()
    expect(process.memoryUsage().heapUsed).toBeLessThan(before + 64 * MIB_BYTES)
  })
})
