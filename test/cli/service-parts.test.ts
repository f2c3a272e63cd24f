import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { LogLevels } from '../../src/cli/log-levels.ts'
import { createLogger } from '../../src/cli/logger.ts'
import { Redaction } from '../../src/cli/redaction.ts'
import { unitText } from '../../src/cli/systemd-unit.ts'
import { needProgram } from '../support/programs.ts'
import { scratch } from '../e2e/cli-run.ts'
import { writeFile } from 'node:fs/promises'

const ROOT = join(import.meta.dirname, '..', '..')

describe('the unit files', () => {
  test.each(['system', 'user'] as const)('config/systemd has the one for the %s', (kind) => {
    const file = readFileSync(join(ROOT, 'config', 'systemd', `aip-node.${kind}.service`), 'utf8')
    expect(file).toBe(unitText(kind, ['/usr/local/bin/aip-node', 'start']))
  })

  it('let V8 make code, and restart nothing that would only fail again', () => {
    const text = unitText('system', ['/bin/aip-node'])
    expect(text).not.toContain('MemoryDenyWriteExecute')
    expect(text).toContain('RestartPreventExitStatus=2 6 7 8')
  })

  it('quote what systemd would take apart', () => {
    const text = unitText('user', ['/opt/my node/bin', '--home=/x/50%', 'a"b', '$HOME'])
    expect(text).toContain('ExecStart="/opt/my node/bin" --home=/x/50%% "a\\"b" $$HOME\n')
  })

  test(
    'systemd takes the one for the system, and finds little to attack',
    { timeout: 400_000 },
    async () => {
      needProgram('/usr/bin/systemd-analyze', 'systemd')
      const file = join(await scratch(), 'aip-node.service')
      await writeFile(file, unitText('system', ['/bin/true', 'start']))
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
        encoding: 'utf8',
      })
      expect(
        verified.stderr.split('\n').filter((line) => line.includes('aip-node.service')),
      ).toEqual([])
      const judged = spawnSync(
        'systemd-analyze',
        ['security', '--offline=true', '--no-pager', file],
        { encoding: 'utf8' },
      )
      const level = Number(/exposure level for \S+: ([\d.]+)/.exec(judged.stdout)?.[1])
      expect(level).toBeGreaterThan(0)
      expect(level).toBeLessThanOrEqual(2)
    },
  )
})

function logging(levels: LogLevels) {
  const lines: string[] = []
  const write = (line: string): void => {
    lines.push(line)
  }
  return {
    lines,
    log: createLogger({ format: 'text', level: 'info', levels, write, stampsTime: false }),
  }
}

describe('levels of the log', () => {
  it('are one for all, and another for a component', () => {
    const { lines, log } = logging(new LogLevels({ level: 'warn', levels: ['gossip=debug'] }))
    log.info('a')
    log.warn('b')
    log.child('gossip').debug('c')
    log.child('sync').info('d')
    expect(lines.map((line) => line.trim().split(/\s+/).at(-1))).toEqual(['b', 'c'])
  })

  it('change for loggers that were made before', () => {
    const levels = new LogLevels({ level: 'error' })
    const { lines, log } = logging(levels)
    const child = log.child('sync')
    child.info('unheard')
    levels.set({ level: 'info' })
    child.info('heard')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('heard')
  })
})

describe('what is taken out of a report', () => {
  const did = `did:aip:${'0a'.repeat(16)}`
  const peer = `12D3KooW${'A'.repeat(44)}`

  it('is replaced by the same each time, wherever it stands', () => {
    const redaction = new Redaction()
    const found = redaction.of({
      [did]: 1,
      list: [`/ip4/203.0.113.7/tcp/7471/p2p/${peer}`, `${did}#k0.0 at 203.0.113.7`],
      six: '/ip6/2001:db8::7/tcp/1',
      host: '/dns4/node.example.org/tcp/7471',
      path: '/home/jane/.local/state',
    })
    expect(found).toEqual({
      '<agent-1>': 1,
      list: ['/ip4/<ip-1>/tcp/7471/p2p/<peer-1>', '<agent-1>#k0.0 at <ip-1>'],
      six: '/ip6/<ip-2>/tcp/1',
      host: '/dns4/<host-1>/tcp/7471',
      path: '/home/<name-1>/.local/state',
    })
    expect(redaction.count).toBe(6)
  })

  it('is what names nobody, and times and versions stay', () => {
    const same = {
      at: '2026-11-27T01:02:03.456Z',
      listen: '/ip4/127.0.0.1/tcp/7471',
      version: 'v24.21.0',
      any: '::',
    }
    expect(new Redaction().of(same)).toEqual(same)
  })

  it('is every text under the name of a secret', () => {
    expect(
      new Redaction().of({ token: 'abc', preSharedKeyFile: '/x', tokens: 3, secret: '' }),
    ).toEqual({
      token: '[redacted]',
      preSharedKeyFile: '[redacted]',
      tokens: 3,
      secret: '',
    })
  })
})
