/**
 * What SIGHUP does: the settings are read again, and those that can change while the node runs do. What
 * needs a restart is named; a file that is not valid changes nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import { asError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { parseDid } from '../identity/did.ts'
import { tellSettings, type Settings, type SettingSources } from '../node/config.ts'
import { readSettings } from '../node/config.ts'
import type { AipNode } from '../node/node.ts'
import type { LogLevels } from './log-levels.ts'

export interface Reloadable {
  readonly node: Pick<AipNode, 'introduce' | 'judgeBy' | 'mesh'>
  readonly sources: SettingSources
  readonly levels: LogLevels
  readonly log: Logger
}

/** What became of the settings that are others than before, by their names. */
export interface Reloaded {
  readonly settings: Settings
  readonly changed: readonly string[]
  readonly needRestart: readonly string[]
}

type Change = (parts: Reloadable, now: Settings, before: Settings) => Promise<void> | void

/** The settings that can change while the node runs, and how. */
const CHANGES: Readonly<Record<string, Change>> = {
  'log.level': ({ levels }, { log }) => {
    levels.set(log)
  },
  'log.levels': ({ levels }, { log }) => {
    levels.set(log)
  },
  'trust.profile': ({ node }, { trust }) => {
    node.judgeBy(trust.profile)
  },
  'trust.introducers': ({ node }, { trust }) => {
    node.introduce(introducersOf({ trust }))
  },
  bootstrap: async ({ node, log }, now, before) => {
    const added = now.bootstrap.filter((address) => !before.bootstrap.includes(address))
    for (const address of added) {
      // Nobody may answer now; the address is kept and tried again.
      await node.mesh?.neighbours.add(address).catch((error: unknown) => {
        log.warn('a new bootstrap peer does not answer', {
          address,
          reason: asError(error).message,
        })
      })
    }
  },
  'peers.deny': async ({ node }, now, before) => {
    const added = now.peers.deny.filter((one) => !before.peers.deny.includes(one))
    for (const subject of added) await node.mesh?.neighbours.ban(subject, [])
  },
}

/** What is taken out of these lists stays until a restart. */
const ONLY_GROW = new Set(['bootstrap', 'peers.deny'])

/** Introducers as the node takes them: levels in thousandths. */
export function introducersOf({ trust }: Pick<Settings, 'trust'>) {
  return trust.introducers.map(({ did, level }) => ({
    did: parseDid(did),
    level: Math.round(level * 1_000),
  }))
}

/** @returns `undefined`, with the reason logged, when the settings are not valid: nothing changed. */
export async function reload(parts: Reloadable, before: Settings): Promise<Reloaded | undefined> {
  const { sources, log } = parts
  let now: Settings
  try {
    now = readSettings(sources)
  } catch (error) {
    log.error('the settings are not valid; those before stay', { error: asError(error).message })
    return undefined
  }
  const [old, fresh] = [valuesOf(before), valuesOf(now)]
  const names = new Set([...old.keys(), ...fresh.keys()])
  const differing = [...names].filter((name) => !isDeepStrictEqual(old.get(name), fresh.get(name)))
  const changed: string[] = []
  const needRestart: string[] = []
  for (const name of differing) {
    const change = CHANGES[name]
    if (change === undefined) {
      needRestart.push(name)
      continue
    }
    await change(parts, now, before)
    changed.push(name)
    if (ONLY_GROW.has(name) && hasLost(old.get(name), fresh.get(name))) needRestart.push(name)
  }
  log.info('the settings were read again', {
    changed: changed.join(', ') || 'none',
    ...(needRestart.length === 0 ? {} : { needRestart: needRestart.join(', ') }),
  })
  return { settings: now, changed, needRestart }
}

function valuesOf(settings: Settings): Map<string, unknown> {
  const told = tellSettings({ flags: settings, environment: {}, file: '' })
  return new Map(told.map(({ name, value }) => [name, value]))
}

function hasLost(before: unknown, now: unknown): boolean {
  return Array.isArray(before) && Array.isArray(now) && before.some((one) => !now.includes(one))
}
