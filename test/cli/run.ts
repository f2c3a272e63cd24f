/** Runs command lines against a node in memory, and keeps what they print. */
import { clientCommands } from '../../src/cli/commands.ts'
import type { CommandDefinition } from '../../src/cli/command.ts'
import { runProgram } from '../../src/cli/program.ts'
import type { Client } from '../../src/api/contract.ts'
import {
  freshMemory,
  memoryClient,
  memoryHandlers,
  NOW_MS,
  type Memory,
} from '../api/memory-node.ts'

export interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly memory: Memory
}

export interface RunOptions {
  readonly memory?: Partial<Memory>
  /** What the person answers; left out: there is nobody to ask. */
  readonly answer?: boolean
  readonly connect?: () => Promise<Client>
  readonly signal?: AbortSignal
  /** What is on standard input. */
  readonly stdin?: string
  readonly commands?: readonly CommandDefinition[]
}

export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Run> {
  const memory = freshMemory(options.memory)
  const { answer } = options
  let out = ''
  let err = ''
  const code = await runProgram(argv, {
    commands: options.commands ?? clientCommands,
    streams: {
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
    },
    stdin: (async function* () {
      yield new TextEncoder().encode(options.stdin ?? '')
    })(),
    env: { AIP_NODE_HOME: '/nowhere' },
    platform: 'linux',
    clock: () => NOW_MS,
    signal: options.signal ?? new AbortController().signal,
    ask: answer === undefined ? undefined : async () => answer,
    connect: options.connect ?? (async () => memoryClient(memoryHandlers(memory))),
  })
  return { code, out, err, memory }
}

export function data(result: Run): unknown {
  const envelope = JSON.parse(result.out) as { v: number; data: unknown }
  if (envelope.v !== 1) throw new Error(`version ${envelope.v}`)
  return envelope.data
}
