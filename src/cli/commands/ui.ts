import { spawn } from 'node:child_process'
import type { CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'

const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', linux: 'xdg-open' }

export const ui: CommandDefinition = {
  name: 'ui',
  summary: 'Open the dashboard in a browser, by a link that is good once',
  options: [{ flags: '--print', description: 'print the link; open nothing' }],
  examples: ['aip-node ui', 'aip-node ui --print'],

  async run(invocation, { connect, output, env, platform }) {
    const client = await connect()
    const { api } = await client.status({})
    if (api.url === null) {
      throw new CliError({
        code: 'cli/usage',
        problem: 'the node has no port for browsers: start it with --api-port 7470',
      })
    }
    const { code, expiresAt } = await client.createSessionCode({})
    // The code stands behind the hash, which a browser sends to nobody.
    const url = `${api.url}/ui/#k=${code}`
    const opener = OPENERS[platform]
    const isSeen = env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined
    const opens =
      !invocation.has('print') && opener !== undefined && (isSeen || platform === 'darwin')
    output.answer({ url, expiresAt, opened: opens && !output.isJson }, () => [url])
    if (output.isJson || !opens) return
    output.note('Opening it; the link is good once, for a minute.')
    const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
    child.once('error', () => {
      output.note('No browser could be started: open the link yourself.')
    })
    child.unref()
  },
}
