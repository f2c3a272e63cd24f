/**
 * Where a node keeps its things: one root when `AIP_NODE_HOME` is set, the platform's directories
 * otherwise. Pure: the environment comes in, nothing is created or looked at.
 * Rules: XDG base directories; docs/spec/api.md section 1.
 */
export interface Paths {
  /** The one root, when `AIP_NODE_HOME` names it. */
  readonly home: string | undefined
  readonly config: string
  /** Directory of keys, store and, without a runtime directory, `run/`. */
  readonly state: string
  readonly keyFile: string
  readonly store: string
  /** Beside the store: its id and schema version, readable when the store itself is not. */
  readonly storeFile: string
  readonly run: string
  readonly socket: string
  readonly token: string
  readonly addressFile: string
  readonly lock: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * @param platform  as `process.platform` says it.
 * @throws {RangeError} when nothing in the environment says where the user's files are.
 */
export function pathsOf(env: Environment, platform: string): Paths {
  const root = set(env['AIP_NODE_HOME'])
  if (root !== undefined) return laidOut(root, root, `${root}/run`, root)

  if (platform === 'win32') {
    const base = `${needed(env['LOCALAPPDATA'], 'LOCALAPPDATA')}/aip-node`
    return laidOut(base, base, `${base}/run`, undefined)
  }
  const user = set(env['HOME'])
  if (platform === 'darwin') {
    const base = `${needed(user, 'HOME')}/Library/Application Support/aip-node`
    return laidOut(base, base, `${base}/run`, undefined)
  }
  const config = set(env['XDG_CONFIG_HOME']) ?? `${needed(user, 'HOME')}/.config`
  const state = `${set(env['XDG_STATE_HOME']) ?? `${needed(user, 'HOME')}/.local/state`}/aip-node`
  const runtime = set(env['XDG_RUNTIME_DIR'])
  const run = runtime === undefined ? `${state}/run` : `${runtime}/aip-node`
  return laidOut(`${config}/aip-node`, state, run, undefined)
}

function laidOut(config: string, state: string, run: string, home: string | undefined): Paths {
  return {
    home,
    config: `${config}/config.toml`,
    state,
    keyFile: `${state}/keys/operational.key`,
    store: `${state}/store`,
    storeFile: `${state}/store.json`,
    run,
    socket: `${run}/aip-node.sock`,
    token: `${run}/token`,
    addressFile: `${run}/address.json`,
    lock: `${run}/lock`,
  }
}

/** An empty variable counts as absent, as the XDG specification says. */
function set(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value.replace(/\/+$/, '') || '/'
}

function needed(value: string | undefined, name: string): string {
  const present = set(value)
  if (present === undefined) throw new RangeError(`neither AIP_NODE_HOME nor ${name} is set`)
  return present
}
