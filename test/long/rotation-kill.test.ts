/** SIGKILL before each step that a change of the key takes on disk. */
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  assertWhole,
  changeKilledAt,
  vouchedHome,
  type ChangeKind,
} from '../support/killed-rotation.ts'

describe.each<ChangeKind>(['rotate', 'compromised', 'recover'])('a change "%s"', (kind) => {
  test('killed anywhere leaves the old identity or the new one, whole', async () => {
    const left: string[] = []
    for (let killAt = 1; ; killAt++) {
      const stack = new AsyncDisposableStack()
      onTestFinished(async () => stack.disposeAsync())
      const home = await vouchedHome(stack)
      const outcome = await changeKilledAt(kind, home, killAt)
      left.push(await assertWhole(home, kind))
      if (outcome !== 'killed') break
    }
    // First the old one, then the new one, and never back.
    const turn = left.indexOf('new')
    expect(left.slice(0, turn).every((one) => one === 'old')).toBe(true)
    expect(left.slice(turn).every((one) => one === 'new')).toBe(true)
    expect(turn).toBeGreaterThan(2)
    expect(left.length - turn).toBeGreaterThan(3)
    process.stdout.write(`${kind}: ${left.length} steps, the new identity from ${turn + 1} on\n`)
  })
})
