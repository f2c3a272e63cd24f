import { fileURLToPath } from 'node:url'
import { once } from 'node:events'
import type { CommandDefinition } from '../command.ts'
import { EXIT } from '../exit.ts'
import { runDemo } from '../demo/run.ts'

export const demo: CommandDefinition = {
  name: 'demo',
  summary: 'Six real nodes on this machine, a story, and what Alice makes of it',
  options: [{ flags: '--exit', description: 'end by itself, also on a terminal' }],
  examples: ['aip-node demo', 'aip-node demo --json'],

  async run(invocation, { output, signal, ask }) {
    const stays = ask !== undefined && !invocation.has('exit') && !output.isJson
    // The script beside this file runs a node, from source or as built.
    const own = import.meta.url
    const command = fileURLToPath(new URL(`../main${own.slice(own.lastIndexOf('.'))}`, own))
    await runDemo({
      command,
      signal,
      output,
      afterwards: async (home) => {
        if (!stays) return
        output.note('')
        output.note('The six nodes stay up until Ctrl-C. In another terminal, look around:')
        output.note(`  npx aip-node status --home ${home}`)
        output.note(`  npx aip-node explain stella --home ${home}`)
        if (!signal.aborted) await once(signal, 'abort')
      },
    })
    return EXIT.ok
  },
}
