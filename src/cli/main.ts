#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=8
/**
 * The `aip-node` command: the process around the program. Signals become an abort, the result
 * becomes the exit code, and the event loop empties by itself.
 *
 * The interpreter's flag keeps V8's young generation small: a third less resident memory for a node
 * beside an agent, for a tenth of the ingest rate (`npm run bench:start`, `bench:ingest`).
 */
import type { CommandDefinition } from './command.ts'
import { commandNamed, commandOutlines } from './command-named.ts'
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
process.exitCode = await runProgram(argv, {
  commands: await commandsFor(argv),
  streams: {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  },
  stdin: process.stdin,
  env: process.env,
  platform: process.platform,
  clock: Date.now,
  signal: interruption.signal,
  ask: isTerminal ? ask : undefined,
  askSecret: isTerminal ? askSecret : undefined,
  connect: async (env, limits) => {
    const { connect } = await import('../sdk/client.ts')
    return connect({ env, platform: process.platform, ...limits })
  },
})

/** The command that is named, alone; the outlines of all for the help page, and for a name nobody knows. */
async function commandsFor([name, other]: readonly string[]): Promise<
  readonly CommandDefinition[]
> {
  const named = name === 'help' ? other : name
  const alone = named === undefined ? undefined : await commandNamed(named)
  return alone === undefined ? commandOutlines : [alone]
}

async function ask(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: interruption.signal })
    return /^y(?:es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}

/** Without an echo: what is typed goes nowhere but into the answer. */
async function askSecret(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const { Writable } = await import('node:stream')
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
  process.stderr.write(question)
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  // The terminal is in raw mode, so Ctrl-C arrives here and not as a signal.
  terminal.once('SIGINT', () => {
    interruption.abort()
  })
  try {
    return await terminal.question('', { signal: interruption.signal })
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
