/** SIGKILL while the key changes, at some of its steps; `test/long` has all of them. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { assertWhole, changeKilledAt, vouchedHome } from '../../support/killed-rotation.ts'

describe('a change of the key that is killed', () => {
  test.each([
    ['before its new key is whole', 4, 'old'],
    ['before the old key is gone', 9, 'new'],
    ['before what lived was signed again', 11, 'new'],
  ] as const)('%s leaves one whole identity', async (_, killAt, left) => {
    const stack = new AsyncDisposableStack()
    onTestFinished(async () => stack.disposeAsync())
    const home = await vouchedHome(stack)
    expect(await changeKilledAt('compromised', home, killAt)).toBe('killed')
    expect(await assertWhole(home, 'compromised')).toBe(left)
  })
})
