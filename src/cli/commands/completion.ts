import type { CommandDefinition } from '../command.ts'
import { completionScript, SHELLS } from '../completion.ts'
import { CliError } from '../error.ts'

/** @param commands  all that is to be completed. */
export function completionOf(commands: readonly CommandDefinition[]): CommandDefinition {
  return {
    name: 'completion',
    summary: 'A script that completes commands, options and petnames in your shell',
    arguments: [{ name: '<shell>', description: SHELLS.join(', ') }],
    examples: [
      'aip-node completion bash > ~/.local/share/bash-completion/completions/aip-node',
      'aip-node completion zsh > ~/.zsh/functions/_aip-node',
      'aip-node completion fish > ~/.config/fish/completions/aip-node.fish',
    ],

    async run(invocation, { output }) {
      const shell = SHELLS.find((one) => one === invocation.needed(0))
      if (shell === undefined) {
        throw new CliError({ code: 'cli/usage', problem: `a shell is one of ${SHELLS.join(', ')}` })
      }
      const script = completionScript(shell, commands)
      output.answer({ shell, script }, () => script.trimEnd().split('\n'))
    },
  }
}
