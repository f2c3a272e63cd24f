/**
 * From command definitions to a program: commander parses, the definition runs, and whatever happens
 * becomes an exit code. Nothing here ends the process.
 */
import { Command, CommanderError, Option } from 'commander'
import type { Client } from '../api/contract.ts'
import { VERSION } from '../api/version.ts'
import type { Clock } from '../base/clock.ts'
import { AipError, asError } from '../base/error.ts'
import type { Environment } from '../base/paths.ts'
import { SECOND_MS } from '../base/units.ts'
import { visibleText } from '../base/visible.ts'
import { ClientError } from '../sdk/error.ts'
import { Invocation, type CommandContext, type CommandDefinition } from './command.ts'
import { EXIT, exitCodeOf, type ExitCode } from './exit.ts'
import { Output, type Streams } from './output.ts'
import { parseDuration } from './time.ts'

export const DEFAULT_TIMEOUT_MS = 30 * SECOND_MS

export interface ProgramDeps {
  readonly commands: readonly CommandDefinition[]
  readonly streams: Streams
  readonly stdin: AsyncIterable<Uint8Array>
  readonly env: Environment
  readonly platform: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly ask: ((question: string) => Promise<boolean>) | undefined
  readonly askSecret?: ((question: string) => Promise<string>) | undefined
  /** The client of the node that the environment names; each call within the time limit. */
  readonly connect: (
    env: Environment,
    limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ) => Promise<Client>
}

/** Runs one command line, without the program's own name. */
export async function runProgram(argv: readonly string[], deps: ProgramDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  const program = buildProgram(deps, (result) => {
    code = result
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    const output = new Output(deps.streams, argv.includes('--json'))
    return failed(error, output, deps.signal)
  }
}

/** The whole command tree, for running it and for printing it. */
export function buildProgram(deps: ProgramDeps, done: (code: ExitCode) => void): Command {
  const program = new Command('aip-node')
    .description(
      'A peer-to-peer trust node beside an agent: who is this, should I trust it, and why.',
    )
    .version(VERSION, '-V, --version')
    .addHelpText('after', examplesText(['aip-node start', 'aip-node status', 'aip-node score bob']))
  prepare(program, deps)
  for (const definition of deps.commands) addCommand(program, definition, deps, done)
  return program
}

function prepare(command: Command, { streams }: ProgramDeps): void {
  command
    .exitOverride()
    .showHelpAfterError('Try --help.')
    .configureOutput({
      writeOut: streams.out,
      writeErr: streams.err,
      // It repeats words of the command line, which may be those of whoever made somebody type it.
      outputError: (text, write) => {
        const [, sentence = text, hint = ''] = PARSER_ERROR.exec(text) ?? []
        write(`${visibleText(sentence)}${hint}\n`)
      },
    })
}

/** What commander says, and perhaps commands of a similar name on a line of their own. */
const PARSER_ERROR = /^([^]*?)(\n\(Did you mean [\w ,?-]+\))?\n?$/

function addCommand(
  parent: Command,
  definition: CommandDefinition,
  deps: ProgramDeps,
  done: (code: ExitCode) => void,
): void {
  const command = parent.command(definition.name).description(definition.summary)
  prepare(command, deps)
  command.summary(definition.summary).addHelpText('after', examplesText(definition.examples))
  for (const { name, description } of definition.arguments ?? []) {
    command.argument(name, description)
  }
  for (const option of definition.options ?? []) addOption(command, option)
  for (const sub of definition.subcommands ?? []) addCommand(command, sub, deps, done)
  const { run } = definition
  if (run === undefined) return
  addCommonOptions(command)
  command.action(async () => {
    const options: Readonly<Record<string, unknown>> = command.optsWithGlobals()
    const invocation = new Invocation(command.args, options)
    done((await run(invocation, contextOf(invocation, deps))) ?? EXIT.ok)
  })
}

function addOption(
  command: Command,
  definition: NonNullable<CommandDefinition['options']>[0],
): void {
  const option = new Option(definition.flags, definition.description)
  if (definition.choices !== undefined) option.choices([...definition.choices])
  if (definition.fallback !== undefined) option.default(definition.fallback)
  if (definition.isRequired === true) option.makeOptionMandatory()
  if (definition.repeats === true) {
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
  }
  command.addOption(option)
}

/** What every command takes, unless it says something of its own about it. */
function addCommonOptions(command: Command): void {
  const own = new Set(command.options.map(({ long }) => long))
  const common = [
    new Option('--json', 'print {"v":1,"data":…} on one line'),
    new Option('--home <dir>', "the node's directory, instead of AIP_NODE_HOME"),
    new Option('--timeout <duration>', 'how long to wait for the node').default('30s'),
  ]
  for (const option of common) if (!own.has(option.long)) command.addOption(option)
}

function contextOf(invocation: Invocation, deps: ProgramDeps): CommandContext {
  const home = invocation.text('home')
  const env =
    home === undefined ? deps.env : { ...deps.env, AIP_NODE_URL: undefined, AIP_NODE_HOME: home }
  const timeout = invocation.text('timeout')
  const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(timeout)
  const { signal, platform, clock, ask, askSecret, stdin } = deps
  let client: Promise<Client> | undefined
  const connect = async (until?: AbortSignal): Promise<Client> => {
    const ends = until === undefined ? signal : AbortSignal.any([signal, until])
    const connected = (client ??= deps.connect(env, { timeoutMs, signal: ends }))
    try {
      return await connected
    } catch (error) {
      client = undefined // a node that is not there yet may be there at the next call
      throw error
    }
  }
  const output = new Output(deps.streams, invocation.has('json'))
  return { connect, output, stdin, env, platform, clock, signal, timeoutMs, ask, askSecret }
}

function failed(thrown: unknown, output: Output, signal: AbortSignal): ExitCode {
  if (thrown instanceof CommanderError) {
    // Help and version were asked for; anything else is a mistake on the command line.
    const isAsked = thrown.exitCode === 0
    return isAsked ? EXIT.ok : EXIT.usage
  }
  if (signal.aborted) return EXIT.interrupted
  const error = asError(thrown)
  if (!(thrown instanceof AipError)) {
    output.error('cli/unexpected', error.message)
    return EXIT.failed
  }
  const refused = thrown instanceof ClientError ? thrown.fault : undefined
  const code = refused?.code === 'client/refused' ? refused.problem : thrown.fault.code
  output.error(code, error.message)
  return exitCodeOf(thrown)
}

function examplesText(examples: readonly string[]): string {
  const lines = examples.map((example) => `  $ ${example}`)
  return `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`
}
