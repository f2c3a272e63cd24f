import { describe, expect, test } from 'vitest'
import type { CommandDefinition } from '../../src/cli/command.ts'
import { clientCommands } from '../../src/cli/commands.ts'
import { nodeCommands } from '../../src/cli/node-commands.ts'
import { linesOf } from './lines-of.ts'
import { run } from './run.ts'

const COMMANDS: readonly CommandDefinition[] = [...nodeCommands, ...clientCommands]

describe('every command', () => {
  test.for(linesOf(COMMANDS))('%s has a help page with an example of its own', async (name) => {
    const { code, out, err } = await run([...name.split(' '), '--help'], { commands: COMMANDS })
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`Usage: aip-node ${name}`)
    expect(out).toMatch(new RegExp(`^Examples?:\\n {2}\\$ aip-node ${name}\\b`, 'm'))
    expect(out).toContain('--json')
  })

  test('is on the first help page, by its name', async () => {
    const { out } = await run(['--help'], { commands: COMMANDS })
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
    expect(COMMANDS.length).toBeGreaterThanOrEqual(30)
  })
})
