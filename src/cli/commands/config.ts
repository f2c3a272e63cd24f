import { existsSync } from 'node:fs'
import { z } from 'zod'
import { pathsOf } from '../../base/paths.ts'
import { readNetwork, readSettings, Settings, tellSettings } from '../../node/config.ts'
import type { CommandContext, CommandDefinition } from '../command.ts'
import { CliError } from '../error.ts'
import { table } from '../text.ts'

function sourcesOf({ env, platform }: CommandContext) {
  return { flags: {}, environment: env, file: pathsOf(env, platform).config }
}

const show: CommandDefinition = {
  name: 'show',
  summary: 'Every setting as it is now',
  options: [{ flags: '--origin', description: 'with where each value comes from' }],
  examples: ['aip-node config show', 'aip-node config show --origin'],

  async run(invocation, context) {
    const told = tellSettings(sourcesOf(context))
    context.output.answer({ items: told }, () =>
      invocation.has('origin')
        ? table(
            ['setting', 'value', 'from', 'variable'],
            told.map(({ name, value, origin, variable }) => [
              name,
              JSON.stringify(value),
              origin,
              variable ?? '',
            ]),
          )
        : told.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`),
    )
  },
}

const get: CommandDefinition = {
  name: 'get',
  summary: 'One setting',
  arguments: [{ name: '<name>', description: 'such as api.port' }],
  examples: ['aip-node config get api.port'],

  async run(invocation, context) {
    const name = invocation.needed(0)
    const found = tellSettings(sourcesOf(context)).find((one) => one.name === name)
    if (found === undefined) {
      throw new CliError({
        code: 'cli/usage',
        problem: `there is no setting ${name}: "aip-node config show" lists them`,
      })
    }
    context.output.answer(found, () => [
      typeof found.value === 'string' ? found.value : JSON.stringify(found.value),
    ])
  },
}

const validate: CommandDefinition = {
  name: 'validate',
  summary: 'Whether a node would start with these settings',
  examples: ['aip-node config validate'],

  async run(_invocation, context) {
    const sources = sourcesOf(context)
    const settings = readSettings(sources)
    readNetwork(settings.network)
    const isThere = existsSync(sources.file)
    context.output.answer({ valid: true, file: isThere ? sources.file : null }, () => [
      isThere ? `${sources.file} is valid.` : `There is no ${sources.file}; the defaults hold.`,
    ])
  },
}

const path: CommandDefinition = {
  name: 'path',
  summary: 'Where the file of the settings is',
  examples: ['aip-node config path'],

  async run(_invocation, context) {
    const { file } = sourcesOf(context)
    context.output.answer({ path: file, exists: existsSync(file) }, () => [file])
  },
}

const schema: CommandDefinition = {
  name: 'schema',
  summary: 'The settings as a JSON Schema',
  examples: ['aip-node config schema > config.schema.json'],

  async run(_invocation, { output }) {
    const found = z.toJSONSchema(Settings, { io: 'input', unrepresentable: 'any' })
    output.answer(found, () => JSON.stringify(found, null, 2).split('\n'))
  },
}

export const config: CommandDefinition = {
  name: 'config',
  summary: 'The settings: where they come from, and whether they are right',
  examples: ['aip-node config show --origin'],
  subcommands: [show, get, validate, path, schema],
}
