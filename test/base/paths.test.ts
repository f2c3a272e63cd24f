import { describe, expect, test } from 'vitest'
import { pathsOf } from '../../src/base/paths.ts'

describe('where a node keeps its things', () => {
  test('AIP_NODE_HOME puts everything under one root', () => {
    const paths = pathsOf({ AIP_NODE_HOME: '/data/', HOME: '/home/me' }, 'linux')
    expect(paths).toEqual({
      home: '/data',
      config: '/data/config.toml',
      state: '/data',
      keyFile: '/data/keys/operational.key',
      store: '/data/store',
      storeFile: '/data/store.json',
      run: '/data/run',
      socket: '/data/run/aip-node.sock',
      token: '/data/run/token',
      addressFile: '/data/run/address.json',
      lock: '/data/run/lock',
    })
  })

  test('the XDG directories otherwise', () => {
    const paths = pathsOf(
      { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/r' },
      'linux',
    )
    expect(paths.config).toBe('/c/aip-node/config.toml')
    expect(paths.keyFile).toBe('/s/aip-node/keys/operational.key')
    expect(paths.socket).toBe('/r/aip-node/aip-node.sock')
    expect(paths.home).toBeUndefined()
  })

  test('their defaults when they are unset or empty; the run directory is then with the state', () => {
    const paths = pathsOf({ HOME: '/home/me', XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' }, 'linux')
    expect(paths.config).toBe('/home/me/.config/aip-node/config.toml')
    expect(paths.run).toBe('/home/me/.local/state/aip-node/run')
  })

  test('the directories of other systems', () => {
    expect(pathsOf({ HOME: '/Users/me' }, 'darwin').state).toBe(
      '/Users/me/Library/Application Support/aip-node',
    )
    expect(pathsOf({ LOCALAPPDATA: 'C:/L' }, 'win32').state).toBe('C:/L/aip-node')
  })

  test('says so when nothing tells where the user is', () => {
    expect(() => pathsOf({}, 'linux')).toThrow(RangeError)
  })
})
