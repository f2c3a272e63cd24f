import type { CommandDefinition } from '../command.ts'
import { EXIT } from '../exit.ts'

/** For containers and scripts: nothing but whether the node answers and has what it needs. */
export const health: CommandDefinition = {
  name: 'health',
  summary: 'Whether the node answers, in a word and an exit code',
  examples: ['aip-node health', 'aip-node health --timeout 3s'],

  async run(_invocation, { connect, output }) {
    const { store, warnings, peers } = await (await connect()).status({})
    const isWell = store.index.state !== 'failed'
    const answer = {
      status: isWell ? (warnings.length === 0 ? 'ok' : 'degraded') : 'down',
      index: store.index.state,
      peers: peers.connected,
      warnings: warnings.length,
    }
    output.answer(answer, () => [answer.status])
    return isWell ? EXIT.ok : EXIT.failed
  },
}
