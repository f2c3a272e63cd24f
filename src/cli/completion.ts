/** Shell completion, made from the definitions of the commands. Pure. */
import type { CommandDefinition } from './command.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

const COMMON = ['--json', '--home', '--timeout', '--help']

interface Line {
  /** The words before: `record show`. */
  readonly words: readonly string[]
  readonly next: readonly { readonly word: string; readonly what: string }[]
}

export function completionScript(shell: Shell, commands: readonly CommandDefinition[]): string {
  const lines = [
    { words: [], next: commands.map(wordOf) },
    ...commands.flatMap((one) => linesOf(one, [])),
  ]
  switch (shell) {
    case 'bash':
      return bash(lines)
    case 'zsh':
      return `#compdef aip-node\nautoload -U +X bashcompinit && bashcompinit\n${bash(lines)}`
    case 'fish':
      return fish(lines)
  }
}

function wordOf({ name, summary }: CommandDefinition): Line['next'][number] {
  return { word: name, what: summary }
}

function linesOf(command: CommandDefinition, before: readonly string[]): readonly Line[] {
  const words = [...before, command.name]
  const own = (command.options ?? []).map(({ flags, description }) => ({
    word: /--[\w-]+/.exec(flags)?.[0] ?? flags.split(' ', 1)[0] ?? '',
    what: description,
  }))
  const common = command.run === undefined ? [] : COMMON.map((word) => ({ word, what: '' }))
  const subcommands = command.subcommands ?? []
  return [
    { words, next: [...subcommands.map(wordOf), ...own, ...common] },
    ...subcommands.flatMap((one) => linesOf(one, words)),
  ]
}

function bash(lines: readonly Line[]): string {
  const cases = lines.map(
    ({ words, next }) =>
      `    '${words.join(' ')}') words='${next.map(({ word }) => word).join(' ')}' ;;`,
  )
  return `_aip_node() {
  local current=\${COMP_WORDS[COMP_CWORD]} line='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) line="\${line:+$line }$word" ;; esac
  done
  case $line in
${cases.join('\n')}
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _aip_node aip-node
`
}

function fish(lines: readonly Line[]): string {
  const rules = lines.flatMap(({ words, next }) =>
    next.map(({ word, what }) => {
      const when =
        words.length === 0
          ? '__fish_use_subcommand'
          : words.map((one) => `__fish_seen_subcommand_from ${one}`).join('; and ')
      const kind = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
      return `complete -c aip-node -n ${quoted(when)} ${kind}${what === '' ? '' : ` -d ${quoted(what)}`}`
    }),
  )
  return `${rules.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
