import { fileURLToPath } from 'node:url'
import { once } from 'node:events'
import type { CommandDefinition } from '../command.ts'
import { LAB_SIZE_LIMIT, playScenario, SCENARIOS } from '../../lab/scenarios.ts'
import { CliError } from '../error.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { labLines } from '../demo/lab.ts'
import { runDemo } from '../demo/run.ts'
import type { Output } from '../output.ts'

export const demo: CommandDefinition = {
  name: 'demo',
  summary: 'Six real nodes and a story; or an attack, and what the scores make of it',
  arguments: [{ name: '[story]', description: `trust, or an attack: ${SCENARIOS.join(', ')}` }],
  options: [
    { flags: '--exit', description: 'end by itself, also on a terminal' },
    {
      flags: '--size <n>',
      description: 'how many identities the attacker makes',
      fallback: '1000',
    },
  ],
  examples: ['aip-node demo', 'aip-node demo --json', 'aip-node demo sybil --size 10000'],

  async run(invocation, { output, signal, ask }) {
    const story = invocation.argument(0) ?? 'trust'
    if (story !== 'trust') return playLab(story, invocation.text('size') ?? '', output)
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

/** An attack in this process. @returns 5 when something that is promised did not hold. */
function playLab(story: string, sizeText: string, output: Output): ExitCode {
  const scenario = SCENARIOS.find((one) => one === story)
  const size = /^\d{1,6}$/.test(sizeText) ? Number(sizeText) : 0
  if (scenario === undefined || size < 1 || size > LAB_SIZE_LIMIT) {
    const problem =
      scenario === undefined
        ? `a story is trust, ${SCENARIOS.join(', ')}`
        : `--size is a whole number from 1 to ${LAB_SIZE_LIMIT}`
    throw new CliError({ code: 'cli/usage', problem })
  }
  const report = playScenario(scenario, size)
  output.answer(report, () => labLines(report))
  return report.checks.every(({ holds }) => holds) ? EXIT.ok : EXIT.policy
}
