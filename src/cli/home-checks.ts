/** What can be said of a home without its node: settings, directories, files and who may read them. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { AipError, asError } from '../base/error.ts'
import { pathsOf, type Paths } from '../base/paths.ts'
import type { CommandContext } from './command.ts'

interface HomeCheck {
  readonly name: string
  readonly verdict: 'ok' | 'warn' | 'fail' | 'skipped'
  readonly found: string
  readonly hint: string | null
}

const OTHERS_MASK = 0o077

export async function homeChecks({
  env,
  platform,
}: Pick<CommandContext, 'env' | 'platform'>): Promise<readonly HomeCheck[]> {
  const paths = pathsOf(env, platform)
  return [
    await home(paths),
    await settings(paths, env),
    await secret('key file', paths.keyFile, platform, 'Make an identity: aip-node init'),
    await secret('token file', paths.token, platform, undefined),
  ]
}

async function home({ state }: Paths): Promise<HomeCheck> {
  try {
    await access(state, constants.R_OK | constants.W_OK)
    return { name: 'home', verdict: 'ok', found: `${state} can be written`, hint: null }
  } catch (thrown) {
    const isAbsent = Reflect.get(asError(thrown), 'code') === 'ENOENT'
    return {
      name: 'home',
      verdict: 'fail',
      found: `${state} ${isAbsent ? 'is not there' : 'cannot be written'}`,
      hint: isAbsent ? 'Make it: aip-node init' : 'Give it to the user that runs the node.',
    }
  }
}

async function settings({ config }: Paths, environment: CommandContext['env']): Promise<HomeCheck> {
  // Loaded here: the schema is no part of what other commands need.
  const { readNetwork, readSettings } = await import('../node/config.ts')
  const { readPreSharedKey } = await import('../node/pre-shared-key.ts')
  try {
    const { network, profile, preSharedKeyFile } = readSettings({
      flags: {},
      environment,
      file: config,
    })
    const { name } = readNetwork(network)
    if (preSharedKeyFile !== '') readPreSharedKey(preSharedKeyFile)
    const found = `by file and environment: the network "${name}", the profile "${profile}"`
    return { name: 'settings', verdict: 'ok', found, hint: null }
  } catch (error) {
    if (!(error instanceof AipError)) throw error
    const hint = 'Mend what the sentence names.'
    return { name: 'settings', verdict: 'fail', found: error.message, hint }
  }
}

async function secret(
  name: string,
  path: string,
  platform: string,
  whenAbsent: string | undefined,
): Promise<HomeCheck> {
  try {
    const { mode } = await stat(path)
    if (platform !== 'win32' && (mode & OTHERS_MASK) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      const found = `${path} has mode ${shown}, so others may read it`
      return { name, verdict: 'fail', found, hint: `chmod 600 ${path}` }
    }
    return { name, verdict: 'ok', found: `${path} is its owner's alone`, hint: null }
  } catch (thrown) {
    if (Reflect.get(asError(thrown), 'code') !== 'ENOENT') {
      const hint = 'Run the command as the user of the node.'
      return { name, verdict: 'fail', found: asError(thrown).message, hint }
    }
    const found = `${path} is not there`
    if (whenAbsent === undefined) return { name, verdict: 'skipped', found, hint: null }
    return { name, verdict: 'fail', found, hint: whenAbsent }
  }
}
