import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLogger } from '../../src/cli/logger.ts'
import { visibleJson, visibleText } from '../../src/base/visible.ts'
import { Output } from '../../src/cli/output.ts'
import { table } from '../../src/cli/text.ts'
import { BOB } from '../api/memory-node.ts'
import { run } from './run.ts'

const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** What a stranger may put into a name or a statement to fool a terminal or its reader. */
const PAYLOADS: readonly string[] = [
  '\u001B[2J',
  '\u001B[31mred\u001B[0m',
  '\u001B]0;title\u0007',
  '\u001B]8;;https://evil.example\u0007link\u001B]8;;\u0007',
  '\u001B]52;c;ZXZpbA==\u0007',
  '\u001B[1A\u001B[2Kscore 1.000',
  '\u001BP+q544e\u001B\\',
  '\u001B[6n',
  '\u001B[?1049h',
  '\u001Bc',
  '\u009B2J',
  '\u009D0;title\u009C',
  '\u0090q',
  '\u0085next',
  'a\rscore 1.000',
  'a\nscore 1.000',
  'a\r\nscore 1.000',
  'a\tb',
  'a\bb',
  'a\u0000b',
  'a\u0007b',
  'a\u000Bb',
  'a\u000Cb',
  'a\u007Fb',
  'a\u202Eb',
  'a\u202Db',
  'a\u202Ab',
  'a\u202Cb',
  'a\u2066b',
  'a\u2067b',
  'a\u2068b',
  'a\u2069b',
  'a\u200Eb',
  'a\u200Fb',
  'a\u061Cb',
  'a\u200Bb',
  'a\u200Cb',
  'a\u200Db',
  'a\u2060b',
  'a\uFEFFb',
  'a\u2028b',
  'a\u2029b',
  'a\uD800b',
  'a\uDC00b',
  'a\u00ADb',
  'a\u{E0041}b',
  'a\u{E0100}b',
]

describe('foreign text', () => {
  test.each(PAYLOADS.map((payload) => [JSON.stringify(payload), payload]))(
    '%s reaches the terminal as harmless text',
    (_shown, payload) => {
      const escaped = visibleText(payload)
      expect(escaped).not.toMatch(HARMFUL)
      expect(escaped).toMatch(/\\u\{[0-9a-f]+\}/)
      expect(visibleText(escaped)).toBe(escaped)
    },
  )

  test.each(PAYLOADS.map((payload) => [JSON.stringify(payload), payload]))(
    '%s is the same value in JSON, with harmless bytes',
    (_shown, payload) => {
      const json = visibleJson({ name: payload })
      expect(json).not.toMatch(HARMFUL)
      expect(JSON.parse(json)).toEqual({ name: payload })
    },
  )

  test('that people can read stays as it is', () => {
    for (const text of ['plain', 'Grüße', '日本語', 'עברית', '😀 → ▼ …', 'a\\b "c"']) {
      expect(visibleText(text)).toBe(text)
    }
  })

  test('never survives as a control, whatever it is', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(visibleText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(JSON.parse(visibleJson(text))).toBe(text)
      }),
    )
  })
})

describe('what is printed', () => {
  test.each(PAYLOADS.map((payload) => [JSON.stringify(payload), payload]))(
    'a petname %s moves nothing on the terminal, in no form',
    async (_shown, payload) => {
      const names = new Map([[BOB, payload]])
      for (const words of [['agents'], ['explain', BOB], ['path', BOB], ['agents', '--json']]) {
        const { out, err, code } = await run(words, { memory: { names } })
        expect(code).toBe(0)
        expect(out).toMatch(
          words.includes('--json') ? /\\u[0-9a-f]{4}|\\[nrtbf]/ : /\\u\{[0-9a-f]+\}/,
        )
        for (const line of (out + err).split('\n')) expect(line).not.toMatch(HARMFUL)
      }
    },
  )

  test.each(PAYLOADS.map((payload) => [JSON.stringify(payload), payload]))(
    'an unknown command or option %s moves nothing either',
    async (_shown, payload) => {
      for (const words of [[payload], ['score', BOB, `--x${payload}`], ['score', payload]]) {
        const { out, err, code } = await run(words)
        expect(code).not.toBe(0)
        expect(out).toBe('')
        expect(err).toMatch(/\\u\{[0-9a-f]+\}/)
        for (const line of err.split('\n')) expect(line).not.toMatch(HARMFUL)
      }
    },
  )

  test('a mistyped command is still answered with the one that was meant', async () => {
    const { err } = await run(['scor'])
    expect(err).toContain("unknown command 'scor'\n(Did you mean score?)\n")
  })

  test('keeps to one line for each line, whatever a cell holds', () => {
    const printed: string[] = []
    const output = new Output({ out: (text) => printed.push(text), err: () => {} }, false)
    for (const line of table(['a', 'b'], [['x\ny', 'z']])) output.line(line)
    expect(printed).toHaveLength(2)
    expect(printed.join('').split('\n')).toHaveLength(3)
    expect(printed[1]).toBe('x\\u{a}y  z\n')
  })
})

describe('the log', () => {
  test.each(['text', 'json'] as const)(
    'writes one %s line an event, whatever it holds',
    (format) => {
      const { lines, log } = logged(format)
      for (const payload of PAYLOADS) log.child('gossip').warn(payload, { from: payload })
      expect(lines).toHaveLength(PAYLOADS.length)
      for (const line of lines) {
        expect(line.endsWith('\n')).toBe(true)
        expect(line.slice(0, -1)).not.toMatch(HARMFUL)
      }
    },
  )

  test('blanks what is named like a secret, at any component', () => {
    const { lines, log } = logged('json')
    log.info('x', { token: 'hunter2', seed: 'hunter2', peer: { passphrase: 'hunter2' } })
    log.child('api').error('x', { authorization: 'Bearer hunter2' })
    expect(lines.join('')).not.toContain('hunter2')
  })

  test('cuts long foreign text, says the component, and leaves lower levels out', () => {
    const { lines, log } = logged('json')
    log.debug('quiet')
    log.child('gossip').info('x'.repeat(10_000), { from: 'y'.repeat(10_000) })
    expect(lines).toHaveLength(1)
    expect(lines[0]?.length).toBeLessThan(800)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', component: 'gossip' })
  })

  test('shortens DIDs for people and not for programs', () => {
    const text = logged('text')
    text.log.info('vouched', { subject: BOB })
    expect(text.lines[0]).toContain('subject=did:aip:7f3a…91c2')
    const json = logged('json')
    json.log.info('vouched', { subject: BOB })
    expect(json.lines[0]).toContain(BOB)
  })
})

function logged(format: 'text' | 'json'): {
  lines: string[]
  log: ReturnType<typeof createLogger>
} {
  const lines: string[] = []
  const write = (line: string): void => {
    lines.push(line)
  }
  return { lines, log: createLogger({ format, level: 'info', write }) }
}
