/** A node on a machine without any network, as a process in a network namespace of its own. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMAND } from '../support/built.ts'
import { needProgram } from '../support/programs.ts'
import { begin, run, scratch } from './cli-run.ts'

needProgram('/usr/bin/unshare', 'util-linux')

/** In a user namespace too, which needs no root where the kernel lets anybody make one. */
const NO_NETWORK = ['/usr/bin/unshare', '--map-root-user', '--net'] as const

interface Answer {
  readonly data: {
    readonly warnings: readonly string[]
    readonly next: readonly string[]
    readonly checks: readonly { name: string; verdict: string; found: string; hint: string }[]
  }
}

async function asked(...argv: readonly string[]): Promise<Answer['data']> {
  const { out, err } = await run([...argv, '--json'])
  expect(err).toBe('')
  return (JSON.parse(out) as Answer).data
}

describe('without a network', () => {
  // In the namespace even loopback is down. The socket is a file, so it is reached from outside.
  test('a node starts, serves its owner and says that it is alone, why, and what helps', async () => {
    const home = join(await scratch(), 'home')
    const running = begin(['start', '--home', home], {
      program: [NO_NETWORK[0], ...NO_NETWORK.slice(1), process.execPath, COMMAND],
    })
    const ready = await run(['status', '--home', home, '--wait', 'ready', '--timeout', '40s'])
    expect([ready.code, ready.err]).toEqual([0, ''])
    expect(ready.out).toContain(
      'warning    This node is alone: no peer since the start, less than a minute ago. This machine has no network but loopback.',
    )

    const { warnings, next } = await asked('status', '--home', home)
    expect(warnings.join(' ')).toContain('This node is alone')
    expect(next[0]).toContain('Connect the machine to a network.')

    const observe = ['observe', `did:aip:${'ab'.repeat(16)}`, '--promised', '3', '--delivered', '2']
    const observed = await run([...observe, '--task', 'review', '--yes', '--home', home])
    expect([observed.code, observed.err]).toEqual([0, ''])

    const { checks } = await asked('doctor', '--home', home)
    expect(checks.find(({ name }) => name === 'peers')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('no network but loopback') as string,
      hint: expect.stringContaining('Connect the machine') as string,
    })
    expect((await run(['health', '--home', home])).out).toBe('degraded\n')

    running.process.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })
})
