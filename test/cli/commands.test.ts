import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CommandDefinition } from '../../src/cli/command.ts'
import { clientCommands } from '../../src/cli/commands.ts'
import { NO_VIEW } from '../../src/cli/commands/score.ts'
import { PUBLIC_DETAIL, PUBLIC_NOTICE } from '../../src/cli/notice.ts'
import { ALICE, BOB, LATER, ME, recordId, STRANGER } from '../api/memory-node.ts'
import { data, run } from './run.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aip-cli-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true })
})

function leaves(
  commands: readonly CommandDefinition[],
  before: readonly string[] = [],
): readonly [string, CommandDefinition][] {
  return commands.flatMap((command) => {
    const words = [...before, command.name]
    const own: [string, CommandDefinition][] = [[words.join(' '), command]]
    return [...own, ...leaves(command.subcommands ?? [], words)]
  })
}

describe('every command', () => {
  test.each(leaves(clientCommands))('%s --help shows an example and exits 0', async (words) => {
    const { code, out } = await run([...words.split(' '), '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/Examples?:\n {2}\$ aip-node /)
  })

  test.each([
    ['status'],
    ['id'],
    ['id', '--invite'],
    ['resolve', 'bob'],
    ['resolve', 'bob', '--fresh'],
    ['vouch', 'bob', '--level', '0.8'],
    ['revoke', recordId(4)],
    ['promise', 'bob', '--task', 'review', '--count', '3', '--by', '2h'],
    ['observe', 'bob', '--task', 'review', '--promised', '10', '--delivered', '9'],
    ['score', 'bob'],
    ['explain', 'bob'],
    ['path', 'bob'],
    ['agents'],
    ['pin'],
    ['pin', 'bob', 'cap=0.5'],
    ['forget'],
    ['forget', 'bob'],
    ['forget', BOB, '--undo'],
    ['peers'],
    ['peers', 'list'],
    ['peers', 'add', '/ip4/192.0.2.7/tcp/7471'],
    ['record', 'show', recordId(4)],
    ['version'],
  ])('%s %s %s prints one JSON envelope with --json, and nothing else', async (...words) => {
    const result = await run([...words, '--json'])
    expect(result.err).toBe('')
    expect(result.code).toBe(0)
    expect(result.out.endsWith('\n')).toBe(true)
    expect(result.out.trimEnd()).not.toContain('\n')
    expect(data(result)).toBeTypeOf('object')
  })
})

describe('exit codes', () => {
  test.each<[number, string, readonly string[]]>([
    [2, 'an unknown command', ['dance']],
    [2, 'an unknown option', ['status', '--loud']],
    [2, 'no command', []],
    [2, 'a missing argument', ['vouch', '--level', '0.8']],
    [2, 'a missing option', ['vouch', 'bob']],
    [2, 'one argument too many', ['status', 'now']],
    [2, 'level 0', ['vouch', BOB, '--level', '0']],
    [2, 'level 1.001', ['vouch', BOB, '--level', '1.001']],
    [2, 'a level in words', ['vouch', BOB, '--level', 'high']],
    [2, 'an empty statement', ['vouch', BOB, '--level', '1', '--statement', '']],
    [
      2,
      'an expiry in the past',
      ['vouch', BOB, '--level', '1', '--expires', '2020-01-01T00:00:00Z'],
    ],
    [2, 'an expiry of no time', ['vouch', BOB, '--level', '1', '--expires', '0d']],
    [2, 'an expiry too far away', ['vouch', BOB, '--level', '1', '--expires', '400d']],
    [2, 'an expiry in words', ['vouch', BOB, '--level', '1', '--expires', 'never']],
    [2, 'a DID of another form of the method', ['score', 'did:aip:main:owner:slug']],
    [2, 'a DID of another method', ['score', 'did:web:example.com']],
    [2, 'a DID that is too long', ['score', `${BOB}0`]],
    [2, 'an ambiguous prefix', ['score', '7f3a0c']],
    [2, 'an ambiguous record', ['record', 'show', 'bafyrei']],
    [2, 'a scope with capitals', ['vouch', BOB, '--level', '1', '--scope', 'General']],
    [2, 'a file that is not there', ['record', 'import', '/nowhere/file']],
    [2, 'a directory for a file', ['record', 'import', '/']],
    [2, 'no work at all', ['promise', BOB, '--task', 'review', '--by', '2h']],
    [
      2,
      'two kinds of work',
      ['promise', BOB, '--task', 'a', '--by', '2h', '--count', '1', '--item', 'x'],
    ],
    [2, 'nothing delivered', ['observe', BOB, '--task', 'review', '--promised', '3']],
    [2, 'nothing promised', ['observe', BOB, '--task', 'review', '--delivered', '3']],
    [2, 'an unknown way to share', ['observe', BOB, '--delivered', '3', '--share', 'loudly']],
    [2, 'an address that is none', ['peers', 'add', 'example.com']],
    [2, 'a minimum above 1', ['score', BOB, '--min', '1.5']],
    [2, 'a time limit in words', ['status', '--timeout', 'soon']],
    [2, 'both a vouch and an agent', ['revoke', recordId(4), '--all-for', 'bob']],
    [2, 'neither', ['revoke']],
    [2, 'nobody to show again', ['forget', '--undo']],
    [4, 'a DID that does not resolve', ['vouch', STRANGER, '--level', '0.8']],
    [4, 'an unknown petname', ['score', 'nobody']],
    [4, 'an unknown prefix', ['score', 'did:aip:999999']],
    [4, 'an unknown agent', ['score', ALICE]],
    [4, 'no path', ['path', ALICE]],
    [
      4,
      'an unknown peer',
      ['peers', 'remove', '12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj'],
    ],
    [4, 'an unknown record', ['record', 'show', 'bafyreizzzz']],
    [5, 'a score below the minimum', ['score', BOB, '--min', '0.3']],
    [5, 'an unknown score and a minimum', ['score', ALICE, '--min', '0']],
    [0, 'a score at the minimum', ['score', BOB, '--min', '0.216']],
  ])('%i for %s', async (code, _what, argv) => {
    const result = await run(argv)
    expect(result.err + result.out).not.toBe('')
    expect(result.code).toBe(code)
    if (code === 2) expect(result.memory.calls).toEqual([])
  })
})

describe('bad input', () => {
  test.each<[RegExp, readonly string[]]>([
    [/32 lower-case hex digits/, ['score', 'did:aip:main:owner:slug']],
    [/level: A level is more than 0 and at most 1/, ['vouch', BOB, '--level', '1.001']],
    [/statement: A statement is not empty/, ['vouch', BOB, '--level', '1', '--statement', '']],
    [
      /expiresAt: the time must lie in the future/,
      ['vouch', BOB, '--level', '1', '--expires', '0d'],
    ],
    [
      /\/nowhere\/file cannot be read: there is no such file/,
      ['record', 'import', '/nowhere/file'],
    ],
    [/No key log for did:aip:0{32}/, ['vouch', STRANGER, '--level', '1']],
  ])('is answered with one clear sentence: %s', async (sentence, argv) => {
    const { err, out } = await run(argv)
    expect(err).toMatch(sentence)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(out).toBe('')
  })

  test('is told to programs as JSON on standard error', async () => {
    const { err } = await run(['vouch', BOB, '--level', '0', '--json'])
    expect(JSON.parse(err)).toMatchObject({ v: 1, error: { code: 'api/input-invalid' } })
  })

  test('that fits several agents lists all of them', async () => {
    const { err } = await run(['score', 'did:aip:7f3a0c'])
    expect(err).toContain(BOB)
    expect(err).toContain('did:aip:7f3a0cffff')
  })
})

describe('pin', () => {
  test('gives a name, says what the pin is, and takes both away', async () => {
    const named = await run(['pin', BOB, 'distrust', '--name', 'rob'])
    expect(named.out).toBe('rob: distrust. Nobody but this node knows.\n')
    expect((await run(['pin', 'bob', 'remove'])).out).toContain('no pin and no name')
  })

  test.each([
    ['pin', 'bob'],
    ['pin', 'bob', 'love'],
    ['pin', 'bob', 'cap=much'],
    ['pin', 'bob', 'cap=2'],
  ])('refuses: %s %s %s', async (...words) => {
    const result = await run(words.filter((word) => word !== undefined))
    expect(result.code).toBe(2)
    expect(result.out).toBe('')
  })
})

describe('naming an agent', () => {
  test.each(['bob', BOB, BOB.slice(0, 17), '7f3a0c5', '7f3a0c5de1b24a6f'])(
    '%s means bob',
    async (name) => {
      expect(data(await run(['resolve', name, '--json']))).toHaveProperty('didDocument.id', BOB)
    },
  )

  test('@me means this node', async () => {
    expect(data(await run(['resolve', '@me', '--json']))).toHaveProperty('didDocument.id', ME)
  })

  test('resolve says how it was obtained, how fresh and how verified', async () => {
    const lines = (await run(['resolve', 'bob'])).out.trimEnd().split('\n')
    expect(lines.slice(-2)).toEqual([
      'obtained from the store of this node; not confirmed since the start; STALE',
      'verified by its key log: entries 1; document none',
    ])
    expect(JSON.parse(lines.slice(0, -2).join('\n'))).toEqual({ id: BOB })
  })

  test('resolve takes DIDs of other methods as they are', async () => {
    const key = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
    expect(data(await run(['resolve', key, '--json']))).toHaveProperty('didDocument.id', key)
    expect((await run(['resolve', 'did:key:'])).code).toBe(2)
    expect((await run(['resolve', 'did:web:a/b c'])).code).toBe(2)
    expect((await run(['resolve', 'bob#k0.0'])).code).toBe(4)
  })
})

describe('what becomes public', () => {
  const words = ['vouch', 'bob', '--level', '0.8']
  const observed = ['observe', 'bob', '--task', 'review', '--promised', '1', '--delivered', '1']

  test('is said before the first time, and needs --yes where there is nobody to ask', async () => {
    const result = await run(words, { memory: { published: 0 } })
    expect(result.err).toContain(PUBLIC_NOTICE)
    expect(result.code).toBe(2)
    expect(result.memory.calls).toEqual([])
  })

  test.each<[keyof typeof PUBLIC_DETAIL, readonly string[]]>([
    ['vouch', words],
    ['promise', ['promise', 'bob', '--task', 'review', '--count', '1', '--by', '2h']],
    ['observation', [...observed, '--share', 'public']],
  ])('says what of a first %s cannot be undone', async (kind, argv) => {
    const result = await run(argv, { memory: { published: 0 } })
    expect(result.err).toContain(PUBLIC_NOTICE)
    expect(result.err).toContain(PUBLIC_DETAIL[kind])
    expect(result.code).toBe(2)
    expect(result.memory.calls).toEqual([])
    const confirmed = await run([...argv, '--yes'], { memory: { published: 0 } })
    expect(confirmed.err).toBe('')
    expect(confirmed.code).toBe(0)
  })

  test('of a first observation after other records is said, and not asked', async () => {
    const shared = await run([...observed, '--share', 'public'])
    expect(shared.err).toBe(`${PUBLIC_DETAIL.observation}\n`)
    expect(shared.code).toBe(0)
  })

  test('goes on with --yes', async () => {
    const result = await run([...words, '--yes'], { memory: { published: 0 } })
    expect(result.code).toBe(0)
    expect(result.memory.calls).toHaveLength(1)
  })

  test('goes on when the person says so, and not otherwise', async () => {
    const agreed = await run(words, { memory: { published: 0 }, answer: true })
    expect(agreed.memory.calls).toHaveLength(1)
    const declined = await run(words, { memory: { published: 0 }, answer: false })
    expect(declined.memory.calls).toEqual([])
    expect(declined.code).toBe(1)
  })

  test('is not said again later, nor of what stays private', async () => {
    expect((await run(words)).err).toBe('')
    const observe = ['observe', 'bob', '--task', 'review', '--promised', '1', '--delivered', '1']
    expect((await run(observe, { memory: { published: 0 } })).code).toBe(0)
    const shared = await run([...observe, '--share', 'public'], { memory: { published: 0 } })
    expect(shared.code).toBe(2)
  })
})

describe('vouch', () => {
  test('sends what was written', async () => {
    const { memory, out } = await run([
      'vouch',
      'bob',
      '--level',
      '0.8',
      '--scope',
      'code-review',
      '--expires',
      '90d',
      '--statement',
      'merged 40 PRs',
    ])
    expect(memory.calls).toEqual([
      {
        name: 'createVouch',
        input: {
          subject: BOB,
          scope: 'code-review',
          level: 0.8,
          expiresAt: LATER,
          statement: 'merged 40 PRs',
        },
      },
    ])
    expect(out).toContain(`record ${recordId(3)}`)
  })
})

describe('revoke', () => {
  test('takes the beginning of an id', async () => {
    const { memory } = await run(['revoke', recordId(4).slice(0, 20)])
    expect(memory.calls).toEqual([{ name: 'revokeVouch', input: { id: recordId(4) } }])
  })

  test('takes back every live vouch for an agent, and no other', async () => {
    const { memory } = await run(['revoke', '--all-for', 'bob'])
    expect(memory.calls).toEqual([{ name: 'revokeVouch', input: { id: recordId(4) } }])
  })
})

describe('promise and observe', () => {
  test('take items by name, of which none may be done', async () => {
    const { memory } = await run(
      'observe bob --task report --item summary --item figures'.split(' '),
    )
    expect(memory.calls[0]?.input).toMatchObject({
      promised: ['summary', 'figures'],
      delivered: [],
    })
  })

  test('take a promise to settle', async () => {
    const { memory } = await run(['observe', 'bob', '--promise', recordId(7), '--delivered', '4'])
    expect(memory.calls[0]?.input).toEqual({
      subject: BOB,
      share: 'private',
      promise: recordId(7),
      delivered: 4,
    })
  })

  test('turn a duration into a deadline', async () => {
    const { memory } = await run(['promise', 'bob', '--task', 'a', '--item', 'x', '--by', '2h'])
    expect(memory.calls[0]?.input).toEqual({
      delegator: BOB,
      task: 'a',
      work: ['x'],
      deadline: '2026-11-23T20:00:00.000Z',
    })
  })
})

describe('score', () => {
  test('prints numbers, evidence and the reason', async () => {
    const { out } = await run(['score', 'bob'])
    expect(out).toBe(
      'score 0.419   assured 0.216   confidence 0.43   known (41 outcomes by 5 observers, the last 2 days ago)\n' +
        'Known by 41 outcomes by 5 observers that you reach.\n',
    )
  })

  test('of a stranger shows dashes, never zeros, and exits 4', async () => {
    const { out, code } = await run(['score', ALICE])
    expect(out).toContain('score –   assured –')
    expect(code).toBe(4)
  })

  test('says as of when it is while the node builds its view, and so do lists', async () => {
    const memory = { from: 'checkpoint' } as const
    const early = 'the node is still loading its view.'
    expect((await run(['score', 'bob'], { memory })).out).toContain(`As it was just now: ${early}`)
    expect((await run(['agents'], { memory })).err).toContain(early)
    expect((await run(['score', 'bob'])).out).not.toContain(early)
    expect((await run(['agents'])).err).toBe('')
  })

  test('status says how far the view is, and nothing once it is ready', async () => {
    const view = { ready: false, records: 3, of: 8, checkpoint: null }
    const { out } = await run(['status'], { memory: { view } })
    expect(out).toContain('view       loading: 3 of 8 records; scores wait for it\n')
    const meanwhile = { ...view, checkpoint: '2026-01-01T00:00:00.000Z' }
    const early = await run(['status'], { memory: { view: meanwhile } })
    expect(early.out).toMatch(/view +loading: 3 of 8 records; scores are those of \d+ days ago\n/)
    expect((await run(['status'])).out).not.toContain('loading')
  })

  test('without a view says what to do first, and exits 4', async () => {
    const { out, code } = await run(['score', ALICE], { memory: { hasView: false } })
    expect(out).toBe(`${NO_VIEW}\n`)
    expect(code).toBe(4)
  })
})

describe('explain', () => {
  test('prints the terms, the paths and what would change them', async () => {
    const { out } = await run(['explain', 'bob'])
    expect(out).toContain(
      'bob  did:aip:7f3a…91c2   viewed by you (did:aip:c196…c370)   scope: general',
    )
    expect(out).toContain('social 0.528 = 0.85 × 0.1025 / (0.1025 + 0.0625)')
    expect(out).toContain('0.0625  you → did:aip:a11c…0001 → bob')
    expect(out).toContain('you vouched 1 · did:aip:a11c…0001 vouched 0.8')
    expect(out).toContain('3 vouches ignored: not-reachable')
    expect(out).toContain('behaviour 0.794 = 0.5 × 0.860 + 0.2 × 0.710 + 0.3 × 0.740')
    expect(out).toContain('2 self-reports weigh 0')
    expect(out).toContain('▼ warning: 0.93 → 0.81')
    expect(out).toContain('0.528 × 0.794 = 0.419     method mesh/1, profile strict')
    expect(out).toContain('without did:aip:a11c…0001 → 0.263')
  })

  test('of a stranger says that nothing is known, and exits 4', async () => {
    const { out, code } = await run(['explain', ALICE])
    expect(out).toContain('no score: not known is not 0')
    expect(code).toBe(4)
  })
})

describe('id', () => {
  test('--invite prints the one line to send', async () => {
    const { out } = await run(['id', '--invite'])
    expect(out).toMatch(
      /^aip-node:\/ip4\/192\.0\.2\.7\/tcp\/7471\/p2p\/12D3\w+\?did=did:aip:\w+&network=main\n$/,
    )
  })

  test('--invite without an address says so', async () => {
    const { code, err } = await run(['id', '--invite'], { memory: { invites: [] } })
    expect(code).toBe(1)
    expect(err).toContain('no address')
  })
})

describe('record files', () => {
  test('import streams the file and prints the counts', async () => {
    const file = join(directory, 'bundle')
    await writeFile(file, Buffer.alloc(100_000))
    const { out, memory } = await run(['record', 'import', file])
    expect(memory.uploaded).toBe(100_000)
    expect(out).toContain('3 records read: 1 stored, 1 known, 1 refused; 1 identity.')
    expect(out).toContain('1 record/expired')
  })

  test('export writes a new file, and never over an old one', async () => {
    const file = join(directory, 'export')
    expect((await run(['record', 'export', file])).code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe('aip-bundle')
    const again = await run(['record', 'export', file])
    expect(again.code).toBe(2)
    expect(again.err).toContain('it exists already')
  })

  test('verify refuses what is no bundle, without a node', async () => {
    const file = join(directory, 'text')
    await writeFile(file, 'hello, I am no bundle at all')
    const { code, err } = await run(['record', 'verify', file], { connect: offline })
    expect(err).toContain('bundle/not-a-bundle')
    expect(code).toBe(2)
  })
})

describe('watch', () => {
  test('prints events as they come until it is interrupted', async () => {
    const interruption = new AbortController()
    const running = run(['watch', '--jsonl', '--kind', 'peer.up'], { signal: interruption.signal })
    setImmediate(() => {
      interruption.abort()
    })
    const { out, code } = await running
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(events).toHaveLength(3)
    expect(events[0]).toMatchObject({ cursor: 1, kind: 'peer.up' })
    expect(code).toBe(0)
  })
})

async function offline(): Promise<never> {
  throw new Error('there is no node')
}

describe('forget', () => {
  test('hides an agent, says what stays, and shows it again by its name', async () => {
    const hidden = await run(['forget', 'bob'])
    expect(hidden.out).toContain('bob is hidden')
    expect(hidden.out).toContain(`aip-node pin ${BOB} distrust`)
    const { memory } = hidden
    expect((await run(['agents'], { memory })).out).not.toContain(BOB)
    expect((await run(['forget'], { memory })).out).toContain(BOB)
    expect((await run(['score', 'bob'], { memory })).code).toBe(4)
    expect((await run(['forget', 'bob', '--undo'], { memory })).out).toContain('is shown again')
    expect((await run(['agents'], { memory })).out).toContain(BOB)
    expect((await run(['forget', '--undo', BOB], { memory })).out).toContain('was not hidden')
  })
})
