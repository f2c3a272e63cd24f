/**
 * Shell completion, made from the definitions of the commands: subcommands, options, the values of options
 * that have a choice, and petnames where an agent is meant. Pure.
 *
 * The scripts ask the node for the petnames, by the command itself. A name that JSON spells with a
 * backslash is left out rather than read wrongly.
 */
import type { CommandDefinition, OptionDefinition } from './command.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What every command takes. */
const COMMON: readonly OptionDefinition[] = [
  { flags: '--json', description: '' },
  { flags: '--home <dir>', description: '' },
  { flags: '--timeout <duration>', description: '' },
  { flags: '--help', description: '' },
]
/** How long a node may take to say its petnames while somebody waits for the key. */
const NAMES_LIMIT = '2s'

interface Line {
  /** The words before: `record show`; empty for the program alone. */
  readonly words: readonly string[]
  readonly subcommands: readonly CommandDefinition[]
  readonly options: readonly OptionDefinition[]
  readonly takesAgent: boolean
  readonly takesArguments: boolean
}

export function completionScript(shell: Shell, commands: readonly CommandDefinition[]): string {
  const top = { words: [], subcommands: commands, options: [], takesAgent: false }
  const lines = [{ ...top, takesArguments: true }, ...commands.flatMap((one) => linesOf(one, []))]
  switch (shell) {
    case 'bash':
      return bash(lines)
    case 'zsh':
      return zsh(lines)
    case 'fish':
      return fish(lines)
  }
}

function linesOf(command: CommandDefinition, before: readonly string[]): readonly Line[] {
  const words = [...before, command.name]
  const { subcommands = [], options = [], arguments: taken = [], run } = command
  const line = {
    words,
    subcommands,
    options: run === undefined ? options : [...options, ...COMMON],
    takesAgent: taken.some(({ description }) => /petname/.test(description)),
    takesArguments: taken.length > 0,
  }
  return [line, ...subcommands.flatMap((one) => linesOf(one, words))]
}

/** `--level`, or `-k` where an option has no long form. */
function flagOf({ flags }: OptionDefinition): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags.split(' ', 1)[0] ?? ''
}

/** What stands in the brackets of `--level <n>`; `undefined` for a switch. */
function valueOf({ flags }: OptionDefinition): string | undefined {
  return /[<[](.+)[>\]]/.exec(flags)?.[1]
}

function isAgent(value: string): boolean {
  return /\bagent\b/.test(value)
}

function bash(lines: readonly Line[]): string {
  const places = lines.map(({ words, subcommands, options, takesAgent, takesArguments }) => {
    const next = subcommands.map(({ name }) => name).join(' ')
    const flags = options.map(flagOf).join(' ')
    const marks = `agents=${takesAgent ? 'yes' : ''} bare=${takesArguments ? '' : 'yes'}`
    return `    '${words.join(' ')}') subcommands='${next}' options='${flags}' ${marks} ;;`
  })
  const values = lines.flatMap(({ words, options }) =>
    options
      .filter((option) => valueOf(option) !== undefined && !COMMON.includes(option))
      .map((option) => {
        const agents = isAgent(valueOf(option) ?? '') ? 'yes' : ''
        const choices = (option.choices ?? []).join(' ')
        return `    '${[...words, flagOf(option)].join(' ')}') values='${choices}' agents=${agents} ;;`
      }),
  )
  const common = COMMON.filter((option) => valueOf(option) !== undefined)
    .map((option) => `*' ${flagOf(option)}'`)
    .join(' | ')
  return `# What may follow the words of a command; false where they are none.
_aip_node_place() {
  case $1 in
${places.join('\n')}
    *) return 1 ;;
  esac
}
# What an option of a command takes; false for a switch.
_aip_node_value() {
  case $1 in
    ${common}) values='' agents='' ;;
${values.join('\n')}
    *) return 1 ;;
  esac
}
_aip_node_names() {
  aip-node pin --json --timeout ${NAMES_LIMIT} \${home:+--home "$home"} 2>/dev/null |
    grep -o '"name":"[^"\\\\]*"' | sed 's/^"name":"//; s/"$//'
}
_aip_node_reply() {
  local name
  COMPREPLY=($(compgen -W "$1" -- "$current"))
  if [ -z "$agents" ]; then return; fi
  case $current in -*) return ;; esac
  while IFS= read -r name; do
    case $name in
      '') ;;
      "$current"*) COMPREPLY+=("$(printf '%q' "$name")") ;;
    esac
  done <<NAMES
$(_aip_node_names)
NAMES
}
_aip_node() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line='' home='' word='' at=1
  local subcommands='' options='' agents='' bare='' values=''
  if [ "$current" = = ]; then current=''; fi
  while [ "$at" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[at]}"
    at=$((at + 1))
    case $word in
      -*)
        if _aip_node_value "$line $word"; then
          if [ "\${COMP_WORDS[at]}" = = ] && [ "$at" -lt "$COMP_CWORD" ]; then at=$((at + 1)); fi
          if [ "$at" -ge "$COMP_CWORD" ]; then
            _aip_node_reply "$values"
            return
          fi
          if [ "$word" = --home ]; then home="\${COMP_WORDS[at]/#\\~\\//$HOME/}"; fi
          at=$((at + 1))
        fi
        ;;
      *) if _aip_node_place "\${line:+$line }$word"; then line="\${line:+$line }$word"; fi ;;
    esac
  done
  _aip_node_place "$line"
  case $current in
    -*) _aip_node_reply "$options" ;;
    *) _aip_node_reply "$subcommands \${bare:+$options}" ;;
  esac
}
complete -o default -F _aip_node aip-node
`
}

/** Loaded by compinit, the file is the function at its first call: then it answers at once. */
function zsh(lines: readonly Line[]): string {
  return `#compdef aip-node
autoload -U +X bashcompinit && bashcompinit
${bash(lines)}if [ "\${funcstack[1]}" = _aip-node ]; then _bash_complete -o default -F _aip_node; fi
`
}

function fish(lines: readonly Line[]): string {
  const names = `function __aip_node_names
  set -l words (commandline -opc)
  set -l home
  if set -l at (contains -i -- --home $words)
    set home --home $words[(math $at + 1)]
  end
  aip-node pin --json --timeout ${NAMES_LIMIT} $home 2>/dev/null | string match -rag '"name":"([^"\\\\\\\\]*)"'
end
`
  const rules = lines.flatMap(({ words, subcommands, options, takesAgent }) => {
    const when =
      words.length === 0
        ? '__fish_use_subcommand'
        : words.map((one) => `__fish_seen_subcommand_from ${one}`).join('; and ')
    const rule = (rest: string, what = ''): string =>
      `complete -c aip-node -n ${quoted(when)} ${rest}${what === '' ? '' : ` -d ${quoted(what)}`}`
    return [
      ...subcommands.map(({ name, summary }) => rule(`-f -a ${name}`, summary)),
      ...options.map((option) => rule(fishOption(option), option.description)),
      ...(takesAgent ? [rule("-f -a '(__aip_node_names)'")] : []),
    ]
  })
  return `${names}${rules.join('\n')}\n`
}

function fishOption(option: OptionDefinition): string {
  const flag = flagOf(option)
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
  const value = valueOf(option)
  if (value === undefined) return name
  if (option.choices !== undefined) return `${name} -x -a ${quoted(option.choices.join(' '))}`
  if (isAgent(value)) return `${name} -x -a '(__aip_node_names)'`
  return `${name} ${/file|path|dir/.test(value) ? '-r' : '-x'}`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
}
