/** A node as a process whose clock is wrong, between two whose clocks are right. */
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/mesh.ts'
import { stage, type Actor } from '../support/processes.ts'
import { needProgram } from '../support/programs.ts'
import { run } from './cli-run.ts'

needProgram('/usr/bin/faketime', 'faketime')

function library(): string {
  const places = readdirSync('/usr/lib').map((name) =>
    join('/usr/lib', name, 'faketime', 'libfaketime.so.1'),
  )
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new Error('libfaketime is not where Debian has it')
  return found
}

/** The parts that `/healthz` tells. */
async function partsOf({ home }: Actor): Promise<unknown> {
  const outgoing = request({
    agent: false,
    socketPath: join(home, 'run', 'aip-node.sock'),
    path: '/healthz',
    headers: { host: 'aip-node.sock' },
  })
  outgoing.end()
  const [incoming] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>]
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return (JSON.parse(Buffer.concat(chunks).toString()) as { parts: unknown }).parts
}

test.each([
  ['+10m', '10 minutes ahead of what 2 peers say. Others refuse what this node signs.'],
  ['-10m', '10 minutes behind of what 2 peers say. This node refuses what others sign.'],
])('a clock that is %s off is said to be wrong wherever one looks', async (offset, sentence) => {
  const cast = await stage()
  onTestFinished(async () => cast[Symbol.asyncDispose]())
  const first = await cast.enter('first', [])
  const second = await cast.enter('second', [first.address])
  // The library and not the command, which would stay between the node and whoever ends it. Time that
  // only goes on, by which timers go, is that of the machine.
  const faked = [`LD_PRELOAD=${library()}`, `FAKETIME=${offset}`, 'DONT_FAKE_MONOTONIC=1']
  const within = ['env', ...faked, 'NO_FAKE_STAT=1']
  const wrong = await cast.enter('wrong', [first.address, second.address], { within })
  await eventually(
    'two peers have said the time',
    async () => (await wrong.client.status({})).clock.peers === 2,
    30_000,
  )
  const status = await run(['status', '--home', wrong.home])
  expect(status.out).toContain(`warning    The clock of this machine looks wrong: ${sentence}`)
  expect(status.out).toContain('next       Set the clock of this machine; run NTP.')
  expect(await partsOf(wrong)).toMatchObject({ clock: 'degraded', peers: 'ok' })
  const { checks } = await wrong.client.doctor({})
  expect(checks.find(({ name }) => name === 'clock')).toMatchObject({ verdict: 'fail' })

  for (const right of [first, second]) {
    expect((await right.client.status({})).warnings.join(' ')).not.toContain('clock')
    expect(await partsOf(right)).toMatchObject({ clock: 'ok' })
  }
})
