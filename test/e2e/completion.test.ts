/** The generated scripts in the shells that they are for, at a terminal: keys in, a command line out. */
import { spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Shell } from '../../src/cli/completion.ts'
import { COMMAND } from '../support/built.ts'
import { stage, type Actor } from '../support/processes.ts'
import { needProgram } from '../support/programs.ts'
import { run } from './cli-run.ts'

const LIMIT_MS = 60_000

/** Gives a program a terminal of its own, types what it is given, and passes on what the terminal shows. */
const TERMINAL = `
import fcntl, os, pty, struct, sys, termios, threading
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 400, 0, 0))
def typing():
    while True:
        keys = os.read(0, 1024)
        if not keys:
            return
        os.write(terminal, keys)
threading.Thread(target=typing, daemon=True).start()
try:
    while True:
        os.write(1, os.read(terminal, 4096))
except OSError:
    pass
`

/** The command that the lines below end in: it says what it was given, but for what completion asks of it. */
const SAYS = {
  bash: 'aip-node() { if [ "$1" = pin ]; then command aip-node "$@"; else echo "GOT:$*:"; fi; }',
  zsh: 'aip-node() { if [ "$1" = pin ]; then command aip-node "$@"; else echo "GOT:$*:"; fi; }',
  fish: 'function aip-node; if test "$argv[1]" = pin; command aip-node $argv; else; echo "GOT:$argv:"; end; end',
} as const

const stack = new AsyncDisposableStack()
let root = ''
let alice: Actor

beforeAll(async () => {
  const cast = stack.use(await stage())
  root = cast.root
  alice = await cast.enter('alice', [])
  const bin = join(root, 'bin')
  await mkdir(bin)
  const command = join(bin, 'aip-node')
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`)
  await chmod(command, 0o700)
  const pinned = [`did:aip:${'1'.repeat(32)}`, `did:aip:${'2'.repeat(32)}`]
  for (const [at, name] of ['bobby', 'zo "e'].entries()) {
    await alice.client.putPin({ did: pinned[at] ?? '', name })
  }
})
afterAll(async () => stack.disposeAsync())

/** Where each shell finds the script, as the manual says, and the words that start it at a terminal. */
async function prepared(shell: Shell): Promise<readonly string[]> {
  const home = join(root, shell)
  await mkdir(home, { recursive: true })
  const { out, code, err } = await run(['completion', shell])
  expect(code, err).toBe(0)
  switch (shell) {
    case 'bash': {
      await writeFile(join(home, 'rc'), `${out}\n${SAYS.bash}\nPS1='ready> '\n`)
      return ['/usr/bin/bash', '--noprofile', '--rcfile', join(home, 'rc'), '-i']
    }
    case 'zsh': {
      needProgram('/usr/bin/zsh', 'zsh')
      await mkdir(join(home, 'functions'), { recursive: true })
      await writeFile(join(home, 'functions', '_aip-node'), out)
      const setting = `fpath=(${join(home, 'functions')} $fpath)\nautoload -U compinit && compinit -u -D`
      await writeFile(join(home, '.zshrc'), `${setting}\n${SAYS.zsh}\nPS1='ready> '\n`)
      return ['/usr/bin/zsh', '-i']
    }
    case 'fish': {
      needProgram('/usr/bin/fish', 'fish')
      const config = join(home, 'fish')
      await mkdir(join(config, 'completions'), { recursive: true })
      await writeFile(join(config, 'completions', 'aip-node.fish'), out)
      const prompt = "function fish_prompt; echo -n 'ready> '; end; set fish_greeting"
      await writeFile(join(config, 'config.fish'), `${SAYS.fish}\n${prompt}\n`)
      return ['/usr/bin/fish', '-i']
    }
  }
}

/** Types each line with its tabs, one after the other; answers what the command was given each time. */
async function typed(shell: Shell, lines: readonly string[]): Promise<readonly string[]> {
  const words = await prepared(shell)
  const home = join(root, shell)
  const child = spawn('python3', ['-c', TERMINAL, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      ZDOTDIR: home,
      XDG_CONFIG_HOME: home,
      XDG_DATA_HOME: home,
      XDG_CACHE_HOME: home,
      AIP_NODE_HOME: alice.home,
      TERM: 'xterm',
      LC_ALL: 'C.UTF-8',
    },
  })
  await using own = new AsyncDisposableStack()
  own.defer(() => {
    child.kill()
  })
  let shown = ''
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString()
    for (const look of waiting) look()
  })
  const until = async (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        reject(new Error(`the terminal never showed ${String(pattern)}: ${JSON.stringify(shown)}`))
      }, LIMIT_MS)
      const look = (): void => {
        const found = pattern.exec(shown)
        if (found === null) return
        clearTimeout(limit)
        waiting.delete(look)
        shown = shown.slice(found.index + found[0].length)
        resolve(found)
      }
      waiting.add(look)
      look()
    })

  const given: string[] = []
  await until(/ready> /)
  for (const line of lines) {
    child.stdin.write(`${line}\r`)
    const [, got = ''] = await until(/GOT:([^]*?):\r?\n/)
    given.push(got.trim())
    await until(/ready> /)
  }
  return given
}

/** What is typed, and what the command is given. */
const LINES: readonly (readonly [typed: string, given: string])[] = [
  ['aip-node expl\t', 'explain'],
  ['aip-node record exp\t', 'record export'],
  ['aip-node vouch --lev\t', 'vouch --level'],
  ['aip-node score someone --mi\t', 'score someone --min'],
  ['aip-node config show --ori\t', 'config show --origin'],
  ['aip-node start --profile serv\t', 'start --profile server'],
  ['aip-node score bo\t', 'score bobby'],
  ['aip-node vouch --level 0.8 bo\t --yes', 'vouch --level 0.8 bobby --yes'],
  ['aip-node path --from bo\t', 'path --from bobby'],
  ['aip-node peers bann\t', 'peers banned'],
]

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  test('completes commands, options, their values and petnames', async () => {
    expect(
      await typed(
        shell,
        LINES.map(([keys]) => keys),
      ),
    ).toEqual(LINES.map(([, words]) => words))
  })

  test('asks the home that was named, and leaves what it cannot complete', async () => {
    const nobody = join(root, 'nobody')
    const given = await typed(shell, [
      `aip-node score --home ${nobody} bo\t`,
      `aip-node score --home ${alice.home} bo\t`,
      'aip-node nosuch\t',
      'aip-node score nob\t',
    ])
    expect(given).toEqual([
      `score --home ${nobody} bo`,
      `score --home ${alice.home} bobby`,
      'nosuch',
      'score nob',
    ])
  })
})
