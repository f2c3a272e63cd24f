import { expect, test } from 'vitest'
import { allCommands } from '../../src/cli/all-commands.ts'
import { commandNamed, commandOutlines } from '../../src/cli/command-named.ts'

test('each command is loaded alone by its name, and is that of the whole list', async () => {
  for (const command of allCommands) expect(await commandNamed(command.name)).toBe(command)
})

test('the outlines are of all commands, in their order, in their own words', () => {
  expect(commandOutlines.map(({ name, summary }) => ({ name, summary }))).toEqual(
    allCommands.map(({ name, summary }) => ({ name, summary })),
  )
  for (const outline of commandOutlines) expect(outline.run).toBeUndefined()
})

test.each(['', 'help', '--help', 'constructor', '__proto__'])(
  'no command is loaded by %j',
  async (name) => {
    expect(await commandNamed(name)).toBeUndefined()
  },
)
