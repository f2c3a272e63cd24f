import { describe, expect, test } from 'vitest'
import { partsOf, UsageError } from '../../scripts/mutation/parts.ts'
import { isEnough, survivorLines, tableLines } from '../../scripts/mutation/report.ts'
import type { Judged } from '../../scripts/mutation/report.ts'
import { strykerPlugins } from '../../scripts/mutation/sentences.ts'

function judged(file: string, status: string, line = 1): Judged {
  return { file, status, start: { line, column: 3 }, mutator: 'BooleanLiteral', replacement: 'x' }
}

const times = (count: number, status: string): readonly Judged[] =>
  Array.from({ length: count }, () => judged('src/a.ts', status))

describe('what is mutated', () => {
  test('is all parts, each once, when nothing is named', () => {
    expect(partsOf([]).map(({ name }) => name)).toEqual(['identity', 'records', 'live', 'trust'])
  })

  test('is the named files of each part, with the tests of that part', () => {
    const files = ['src/trust/live/a.ts', 'src/records/b.ts', 'src/records/c.ts']
    const [live, records] = partsOf(files)
    expect(live).toMatchObject({ name: 'live', mutate: ['src/trust/live/a.ts'] })
    expect(records).toMatchObject({ mutate: ['src/records/b.ts', 'src/records/c.ts'] })
    expect(records?.tests).toEqual(partsOf(['records'])[0]?.tests)
  })

  test.for(['src/node/node.ts', 'src/records', 'store', ''])('is not %j', (named) => {
    expect(() => partsOf([named])).toThrow(UsageError)
  })
})

describe('what is said of it', () => {
  test('a row a file and one of all; what no test reaches counts as not noticed', () => {
    const all = [
      judged('src/b.ts', 'Killed'),
      judged('src/b.ts', 'Survived'),
      judged('src/a.ts', 'Timeout'),
      judged('src/a.ts', 'NoCoverage'),
      judged('src/a.ts', 'Ignored'),
      judged('src/a.ts', 'RuntimeError'),
    ]
    expect(tableLines(all).map((line) => line.replaceAll(/ +/g, ' ').trim())).toEqual([
      'killed timed out survived not covered left out other noticed',
      'src/a.ts 0 1 0 1 1 1 50.0 %',
      'src/b.ts 1 0 1 0 0 0 50.0 %',
      'all 1 1 1 1 1 1 50.0 %',
    ])
  })

  test('four in five are enough, and one less is not', () => {
    expect(isEnough([...times(3, 'Killed'), ...times(1, 'Timeout'), ...times(1, 'Survived')])).toBe(
      true,
    )
    expect(isEnough([...times(79, 'Killed'), ...times(21, 'NoCoverage')])).toBe(false)
    expect(isEnough(times(3, 'Ignored'))).toBe(true)
  })

  test('each that was not noticed, with its line', () => {
    const all = [judged('src/a.ts', 'Killed'), judged('src/a.ts', 'Survived', 2)]
    expect(survivorLines(all, () => 'one\n  two\n')).toEqual([
      'src/a.ts:2:3 BooleanLiteral Survived',
      '    two',
      '    became x',
    ])
  })
})

describe('the words of errors', () => {
  const ignored = strykerPlugins[0]?.value.shouldIgnore
  const path = (...types: readonly { type: string; id?: { name: string }; callee?: object }[]) => {
    let parentPath = null
    for (const node of types) parentPath = { node, parentPath }
    return parentPath as unknown as Parameters<NonNullable<typeof ignored>>[0]
  }
  const text = { type: 'TemplateLiteral' }
  const thrown = { type: 'NewExpression', callee: { name: 'RangeError' } }
  const sentence = { type: 'FunctionDeclaration', id: { name: 'sentence' } }

  test.for([
    ['the text of an error', path(thrown, text), true],
    ['a field of a fault', path(thrown, { type: 'ObjectExpression' }, text), false],
    ['a fault', path(thrown, { type: 'ObjectExpression' }), false],
    ['what is no error', path({ type: 'NewExpression', callee: { name: 'Map' } }, text), false],
    ['a sentence', path(sentence, { type: 'ReturnStatement' }, text), true],
    ['a case of a sentence', path(sentence, { type: 'SwitchCase' }, text), false],
    ['another function', path({ ...sentence, id: { name: 'path' } }, text), false],
    ['a module', path(text), false],
  ] as const)('%s', ([, at, isLeftOut]) => {
    expect(ignored?.(at) !== undefined).toBe(isLeftOut)
  })
})
