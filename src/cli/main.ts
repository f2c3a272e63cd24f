#!/usr/bin/env node
/**
 * The `aip-node` command: the process around the program. Signals become an abort, the result
 * becomes the exit code, and the event loop empties by itself.
 */
import { createInterface } from 'node:readline/promises'
import { connect } from '../sdk/client.ts'
import { clientCommands } from './commands.ts'
import type { CommandDefinition } from './command.ts'
import { runProgram } from './program.ts'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second signal ends the process at once, as the system does it.
  process.once(signal, () => {
    interruption.abort()
  })
}
// A reader that has seen enough, such as `head`, closes the pipe: no failure.
process.stdout.on('error', () => {
  process.exitCode = 0
})

const isTerminal = process.stdin.isTTY && process.stderr.isTTY

const argv = process.argv.slice(2)
const isForClient = clientCommands.some(({ name }) => name === argv[0])

process.exitCode = await runProgram(argv, {
  commands: [...(isForClient ? [] : await nodeCommands()), ...clientCommands],
  streams: {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  },
  env: process.env,
  platform: process.platform,
  clock: Date.now,
  signal: interruption.signal,
  ask: isTerminal ? ask : undefined,
  connect: async (env, limits) => connect({ env, platform: process.platform, ...limits }),
})

/** The commands that hold a node, and with it all of libp2p: the others start faster without. */
async function nodeCommands(): Promise<readonly CommandDefinition[]> {
  const { demo } = await import('./commands/demo.ts')
  const { init } = await import('./commands/init.ts')
  const { start } = await import('./commands/start.ts')
  return [demo, init, start]
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: interruption.signal })
    return /^y(?:es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
