import { expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exit.ts'
import { runCommand, stage } from '../support/processes.ts'

test('a second start on one home is refused, and says which process holds it', async () => {
  await using cast = await stage()
  const first = await cast.enter('only', [])
  const start = ['start', '--home', first.home, '--network', 'local', '--profile', 'test']
  const second = await runCommand(start)
  expect(second.code).toBe(EXIT.running)
  const { pid } = first.process
  expect(second.err).toContain(`The process ${pid} already runs a node here`)
  expect(second.err.trim().split('\n')).toHaveLength(1)
  expect(second.out).toBe('')
  // For programs too, and with a code to act on.
  const spoken = await runCommand([...start, '--json'])
  expect(spoken.code).toBe(EXIT.running)
  expect(`${spoken.out}${spoken.err}`).toContain('store/locked')
  expect(`${spoken.out}${spoken.err}`).toContain(String(pid))

  // The first has noticed nothing: its address file and its socket are still its own.
  expect(await first.client.status({})).toMatchObject({ pid, did: first.did })
  const status = await runCommand(['status', '--home', first.home, '--json'])
  expect(status.code).toBe(0)
  expect(status.out).toContain(first.did)

  // A home whose holder was killed is free again.
  await cast.kill(first)
  const third = await cast.enter('only', [])
  expect(third.did).toBe(first.did)
  expect(third.process.pid).not.toBe(pid)
})
