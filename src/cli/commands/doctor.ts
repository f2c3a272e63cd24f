import type { Output } from '../../api/contract.ts'
import type { CommandContext, CommandDefinition } from '../command.ts'
import { EXIT } from '../exit.ts'
import { ClientError } from '../../sdk/error.ts'
import { homeChecks } from '../home-checks.ts'

type Check = Output<'doctor'>['checks'][number]

const SIGN: Readonly<Record<Check['verdict'], string>> = {
  ok: 'ok  ',
  warn: 'warn',
  fail: 'FAIL',
  skipped: '–   ',
}

export const doctor: CommandDefinition = {
  name: 'doctor',
  summary: 'What is well and what is not: home, store, clock, network, reachability',
  examples: ['aip-node doctor', 'aip-node doctor --json'],

  async run(_invocation, context) {
    const running = await ofRunningNode(context)
    const checks = [
      ...(await homeChecks(context)),
      running === undefined
        ? {
            name: 'node',
            verdict: 'warn' as const,
            found: 'no node runs in this home: nothing of the network can be looked at',
            hint: 'Start it with "aip-node start", and ask again.',
          }
        : { name: 'node', verdict: 'ok' as const, found: 'runs and answers', hint: null },
      ...(running ?? []),
    ]
    const isWell = checks.every(({ verdict }) => verdict !== 'fail')
    context.output.answer({ well: isWell, running: running !== undefined, checks }, () => [
      ...checks.flatMap(({ name, verdict, found, hint }) => [
        `${SIGN[verdict]}  ${name}: ${found}`,
        ...(hint === null ? [] : [`      ${hint}`]),
      ]),
      isWell ? 'Nothing is wrong.' : 'Something is wrong.',
    ])
    return isWell ? EXIT.ok : EXIT.unwell
  },
}

/** The checks that a running node makes of itself; `undefined`: none runs. */
async function ofRunningNode({ connect }: CommandContext): Promise<readonly Check[] | undefined> {
  try {
    return (await (await connect()).doctor({})).checks
  } catch (error) {
    if (error instanceof ClientError && error.fault.code === 'client/not-running') return undefined
    throw error
  }
}
