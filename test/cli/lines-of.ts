import type { CommandDefinition } from '../../src/cli/command.ts'

/** The beginning of every command line that runs something: `score`, `record show`. */
export function linesOf(commands: readonly CommandDefinition[]): readonly string[] {
  return commands.flatMap(({ name, run, subcommands = [] }) => [
    ...(run === undefined ? [] : [name]),
    ...linesOf(subcommands).map((inner) => `${name} ${inner}`),
  ])
}
