/** `sign` and `verify` on real files: with a node in memory, and with none. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClientError } from '../../src/sdk/error.ts'
import { STRANGER, BOB } from '../api/memory-node.ts'
import { plainCard } from '../support/agent-cards.ts'
import { data, run, type Run, type RunOptions } from './run.ts'

/** Of the GNU core utilities: another reader of manifests. */
const CHECKER = 'sha256sum'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aip-sign-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true })
})

function at(name: string): string {
  return join(directory, name)
}

/** As where no node has left its address. */
const noNode: RunOptions = {
  connect: async () => {
    throw new ClientError({ code: 'client/not-running', where: '/nowhere' })
  },
}

function codeIn({ err }: Run): string | undefined {
  return /\[([a-z0-9]+\/[a-z0-9-]+)\]/.exec(err)?.[1]
}

/** The same hex but for its first digit. */
function flipped(hex = ''): string {
  return (hex.startsWith('0') ? '1' : '0') + hex.slice(1)
}

async function signedFile(name = 'report.txt', content = 'ten pages'): Promise<string> {
  await writeFile(at(name), content)
  expect((await run(['sign', at(name)])).code).toBe(0)
  return `${at(name)}.aipsig`
}

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(at('tree/inner/deep'), { recursive: true })
  for (const [name, content] of Object.entries(files)) await writeFile(at(`tree/${name}`), content)
  return at('tree')
}

describe('sign', () => {
  test('of text prints the signature, which carries the text', async () => {
    const result = await run(['sign', '--text', 'hello'])
    expect(result.code).toBe(0)
    const signature = JSON.parse(result.out) as Record<string, unknown>
    expect(signature).toMatchObject({ type: 'aip-signature', kind: 'text', text: 'hello' })
    expect(signature['sha256']).toBe(createHash('sha256').update('hello').digest('hex'))
    expect(result.memory.calls).toEqual([
      { name: 'signContent', input: { kind: 'text', sha256: signature['sha256'] } },
    ])
    expect(data(await run(['sign', '--text', 'hello', '--json']))).toEqual(signature)
  })

  test('of standard input is text, byte order mark and all; other bytes are no text', async () => {
    const text = '\ufeffline\n'
    const result = await run(['sign', '-', '--out', at('note.aipsig')], { stdin: text })
    expect(result.code).toBe(0)
    const written = JSON.parse(await readFile(at('note.aipsig'), 'utf8')) as object
    expect(written).toMatchObject({
      text,
      sha256: createHash('sha256').update(text).digest('hex'),
    })
    expect((await run(['verify', at('note.aipsig')], noNode)).code).toBe(0)
  })

  test('says how it is used when nothing, or two things, are given', async () => {
    for (const words of [['sign'], ['sign', 'a', '--text', 'b']]) {
      expect((await run(words)).code).toBe(2)
    }
    expect(codeIn(await run(['sign', at('missing')]))).toBe('cli/file-unreadable')
  })

  test('does not overwrite a signature unless told to', async () => {
    await signedFile()
    const again = await run(['sign', at('report.txt')])
    expect([again.code, codeIn(again)]).toEqual([2, 'cli/file-unwritable'])
    expect((await run(['sign', at('report.txt'), '--force'])).code).toBe(0)
  })

  test('of a directory is over what sha256sum prints of its files', async () => {
    const root = await tree({ b: '2', 'inner/a': '1', 'inner/deep/ü x': '3' })
    const result = await run(['sign', `${root}/`])
    expect(result.out).toContain('3 files')
    const { manifest, sha256 } = JSON.parse(await readFile(`${root}.aipsig`, 'utf8')) as {
      manifest: string
      sha256: string
    }
    expect(sha256).toBe(createHash('sha256').update(manifest).digest('hex'))
    const checked = execFileSync(CHECKER, ['--check', '--strict'], {
      cwd: root,
      input: manifest,
      encoding: 'utf8',
    })
    expect(checked.split('\n')).toHaveLength(4)
  })

  test('of a directory follows no link and skips nothing', async () => {
    const root = await tree({ a: '1' })
    await symlink('/etc/passwd', `${root}/inner/link`)
    const linked = await run(['sign', root])
    expect([linked.code, codeIn(linked)]).toEqual([2, 'signature/path-unsupported'])
    expect(linked.err).toContain('inner/link')
    await rm(`${root}/inner/link`)
    await symlink(root, at('to-tree'))
    expect(codeIn(await run(['sign', at('to-tree')]))).toBe('signature/path-unsupported')
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), 'x')
    expect(codeIn(await run(['sign', root]))).toBe('signature/path-unsupported')
  })
})

describe('verify', () => {
  test('a file is compared with what lies beside its signature', async () => {
    const signature = await signedFile()
    const sound = await run(['verify', signature, '--offline'], noNode)
    expect([sound.code, sound.err]).toEqual([0, ''])
    expect(sound.out).toMatch(/key +current/)
    expect(sound.out).toContain('the same')
    expect(sound.out).toContain('key log in the signature alone')
    await writeFile(at('report.txt'), 'nine pages')
    const changed = await run(['verify', signature], noNode)
    expect([changed.code, codeIn(changed)]).toEqual([5, 'signature/other-content'])
    await rm(at('report.txt'))
    expect((await run(['verify', signature], noNode)).code).toBe(2)
    await writeFile(at('elsewhere'), 'ten pages')
    const elsewhere = ['verify', signature, '--content', at('elsewhere')]
    expect((await run(elsewhere, noNode)).code).toBe(0)
  })

  test('asks the node where one runs, and sends it no content', async () => {
    const signature = await signedFile()
    const result = await run(['verify', signature])
    expect(result.code).toBe(0)
    expect(result.out).toContain('key log from store')
    expect(result.memory.calls.map(({ name }) => name)).toEqual(['verifyContent'])
    const offline = await run(['verify', signature, '--offline'])
    expect(offline.memory.calls).toEqual([])
  })

  test.each([
    ['current', 0],
    ['retired', 0],
    ['compromised', 5],
    ['disputed', 5],
  ] as const)('of a %s key exits %i', async (standing, code) => {
    const signature = await signedFile()
    expect((await run(['verify', signature], { memory: { standing } })).code).toBe(code)
  })

  test('of a directory names what differs', async () => {
    const root = await tree({ same: '1', changed: '2', lost: '3' })
    await run(['sign', root])
    expect((await run(['verify', `${root}.aipsig`], noNode)).code).toBe(0)
    await writeFile(`${root}/changed`, 'x')
    await rename(`${root}/lost`, `${root}/added`)
    const result = await run(['verify', `${root}.aipsig`], noNode)
    expect(result.code).toBe(5)
    expect(result.err).toMatch(/changed +changed\nmissing +lost\nadded +added\n/)
    await symlink('same', `${root}/link`)
    expect(codeIn(await run(['verify', `${root}.aipsig`], noNode))).toBe(
      'signature/path-unsupported',
    )
  })

  test('of text takes the text that it carries, or the one that is given', async () => {
    await run(['sign', '--text', 'pay 10', '--out', at('note.aipsig')])
    const verify = ['verify', at('note.aipsig')]
    expect((await run(verify, noNode)).out).toMatch(/text +pay 10/)
    expect((await run([...verify, '--text', 'pay 10'], noNode)).code).toBe(0)
    expect((await run([...verify, '--text', 'pay 100'], noNode)).code).toBe(5)
  })

  test('refuses a file that was tampered with, field by field', async () => {
    await run(['sign', '--text', 'pay 10', '--out', at('note.aipsig')])
    const sound = JSON.parse(await readFile(at('note.aipsig'), 'utf8')) as Record<string, string>
    const changes: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ text: 'pay 100' }, 'signature/other-content'],
      [{ text: 7 }, 'signature/malformed'],
      [{ manifest: '' }, 'signature/malformed'],
      [{ extra: 1 }, 'signature/malformed'],
      [{ v: 2 }, 'signature/malformed'],
      [{ kind: 'file' }, 'signature/malformed'],
      [{ kind: 'file', text: undefined }, 'cli/file-unreadable'],
      [{ sha256: flipped(sound['sha256']) }, 'signature/other-content'],
      [{ sha256: flipped(sound['sha256']), text: undefined }, 'signature/invalid'],
      [{ key: flipped(sound['key']) }, 'signature/key-unknown'],
      [{ keyId: `${sound['did'] ?? ''}#k0.1` }, 'signature/key-unknown'],
      [{ did: BOB, keyId: `${BOB}#k0.0` }, 'signature/key-unknown'],
      [{ signedAt: '2026-11-23T18:00:00.001Z' }, 'signature/invalid'],
      [{ signedAt: '2030-01-01T00:00:00.000Z' }, 'signature/from-future'],
      [{ signature: flipped(sound['signature']) }, 'signature/invalid'],
      [{ log: '80' }, 'identity/malformed'],
      [{ log: flipped(sound['log']) }, 'cbor/not-canonical'],
    ]
    for (const [change, code] of changes) {
      await writeFile(at('bad.aipsig'), JSON.stringify({ ...sound, ...change }))
      const result = await run(['verify', at('bad.aipsig')], noNode)
      expect([codeIn(result), change]).toEqual([code, change])
      expect(result.code).not.toBe(0)
    }
    for (const text of ['', '[]', 'null', '{', '"x"']) {
      await writeFile(at('bad.aipsig'), text)
      expect(codeIn(await run(['verify', at('bad.aipsig')], noNode))).toBe('signature/malformed')
    }
  })

  test('of an agent says what was proved, how and when; exit 4 for a stranger', async () => {
    const proved = await run(['verify', 'bob'])
    expect(proved.code).toBe(0)
    expect(proved.out).toMatch(/^proved +did:aip:7f3a.* holds its current key #k0\.0\nhow .*noise/)
    expect(proved.out).toMatch(/when +handshake 2026/)
    expect((await run(['verify', STRANGER])).code).toBe(4)
    await signedFile()
    for (const what of [at('report.txt'), './bob']) {
      const result = await run(['verify', what])
      expect([result.code, codeIn(result)]).toEqual([2, 'cli/usage'])
    }
    expect((await run(['verify', BOB], noNode)).code).toBe(3)
  })
})

describe('AgentCards', () => {
  const plain = JSON.stringify(plainCard())

  test('id --card prints the signed card, from a file or from standard input', async () => {
    await writeFile(at('card.json'), plain)
    const fromFile = await run(['id', '--card', at('card.json')])
    expect([fromFile.code, fromFile.err]).toEqual([0, ''])
    const card: unknown = JSON.parse(fromFile.out)
    expect(card).toEqual({ ...plainCard(), signatures: [{ protected: 'e30', signature: 'AA' }] })
    const piped = await run(['id', '--card', '-'], { stdin: plain })
    expect(piped.out).toBe(fromFile.out)
    expect(data(await run(['id', '--card', '-', '--json'], { stdin: plain }))).toEqual(card)
  })

  test('verify tells whose card it is, what is not signed, and how that agent scores', async () => {
    await writeFile(at('agent-card.json'), plain)
    const checked = await run(['verify', at('agent-card.json')])
    expect([checked.code, checked.err]).toEqual([0, ''])
    expect(checked.out.split('\n')).toEqual([
      `card of   ${BOB}, signed with its current key #k0.0`,
      'says      "Bob"',
      'requests  aip-node-rfc9421/1',
      'node      /dns4/bob.example/tcp/7471',
      'unsigned  securityRequirements.0 is empty, and anybody could have put it in',
      'key log   from store, verified',
      'score     known, assured 0.216: Known by 41 outcomes by 5 observers that you reach.',
      '',
    ])
    expect((await run(['verify', '-'], { stdin: plain })).out).toBe(checked.out)
    const { calls } = checked.memory
    expect(calls).toEqual([
      { name: 'verifyAgentCard', input: { card: plainCard(), scope: 'general' } },
    ])
  })

  test.each([
    ['no JSON', '{'],
    ['a name twice', '{"name":"a","name":"b"}'],
    ['a list', '[]'],
  ])('are refused before anything is sent when they are %s', async (_what, text) => {
    for (const line of [
      ['id', '--card', '-'],
      ['verify', '-'],
    ]) {
      const refused = await run(line, { stdin: text })
      expect([refused.code, codeIn(refused), refused.out]).toEqual([5, 'card/malformed', ''])
      expect(refused.memory.calls).toEqual([])
    }
  })

  test('are refused when there are more bytes than a card has', async () => {
    const refused = await run(['verify', '-'], { stdin: ' '.repeat(1_048_577) })
    expect([refused.code, codeIn(refused)]).toEqual([5, 'card/too-large'])
  })

  test('want a file, a node, and no invite', async () => {
    const missing = await run(['verify', at('nothing.json')])
    expect([missing.code, codeIn(missing)]).toEqual([2, 'cli/file-unreadable'])
    const offline = await run(['verify', '-', '--offline'], { stdin: plain })
    expect([offline.code, codeIn(offline)]).toEqual([2, 'cli/usage'])
    const both = await run(['id', '--card', '-', '--invite'], { stdin: plain })
    expect([both.code, codeIn(both)]).toEqual([2, 'cli/usage'])
    const alone = await run(['verify', '-'], { ...noNode, stdin: plain })
    expect([alone.code, codeIn(alone)]).toEqual([3, 'client/not-running'])
  })
})
