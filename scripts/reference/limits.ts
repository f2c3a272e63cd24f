/** Every named limit of the source with its value, as read from the code, and the page that lists them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '../..')
const NAME = /(?:^|_)(?:LIMITS?|MAX|BOUND)(?:_|$)/

export interface Limit {
  readonly name: string
  /** A number, numbers of parts, or the expression where the code computes it otherwise. */
  readonly value: string
  readonly unit: string
  readonly file: string
  readonly isExported: boolean
  /** The first sentence above it, or its name in words. */
  readonly bounds: string
}

interface Constant {
  readonly name: string
  readonly file: string
  readonly initializer: ts.Expression
  readonly isExported: boolean
  readonly comment: string
}

/** By file, in the order of the code. */
export function limitsInCode(): readonly Limit[] {
  const constants = globSync('src/**/*.{ts,tsx}', { cwd: ROOT })
    .filter((file) => !file.endsWith('.d.ts'))
    .toSorted()
    .flatMap(constantsOf)
  const values = new Values(constants)
  return constants
    .filter(({ name }) => NAME.test(name))
    .map((constant) => ({
      name: constant.name,
      value: values.textOf(constant),
      unit: unitOf(constant.name),
      file: constant.file,
      isExported: constant.isExported,
      bounds: constant.comment === '' ? inWords(constant.name) : constant.comment,
    }))
}

function constantsOf(file: string): readonly Constant[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  return source.statements.filter(ts.isVariableStatement).flatMap((statement) => {
    const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
      if (!ts.isIdentifier(name) || initializer === undefined) return []
      const comment = commentAbove(text, statement)
      return [{ name: name.text, file, initializer, isExported: isExported === true, comment }]
    })
  })
}

/** The first sentence of the doc comment that touches a statement. */
function commentAbove(text: string, statement: ts.Node): string {
  const ranges = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? []
  const last = ranges.at(-1)
  if (last === undefined || /\n\s*\n/.test(text.slice(last.end, statement.getStart()))) return ''
  const words = text
    .slice(last.pos, last.end)
    .replaceAll(/^\/\*\*?|\*\/$|^\/\/ ?/g, '')
    .replaceAll(/\n\s*\*? ?/g, ' ')
    .replaceAll(/\{@link (\w+)\}/g, '$1')
    .trim()
  return (/^.*?[.:](?=\s|$)/.exec(words)?.[0] ?? words).replace(/[.:]$/, '')
}

/** Numbers of constants, by the arithmetic that stands in the code. */
class Values {
  readonly #byFile = new Map<string, Constant>()
  readonly #exported = new Map<string, Constant>()

  constructor(constants: readonly Constant[]) {
    for (const constant of constants) {
      this.#byFile.set(`${constant.file} ${constant.name}`, constant)
      if (constant.isExported) this.#exported.set(constant.name, constant)
    }
  }

  textOf({ initializer, file }: Constant): string {
    const number = this.#numberOf(initializer, file)
    if (number !== undefined) return number.toLocaleString('en-US')
    const bare = plain(initializer)
    if (ts.isObjectLiteralExpression(bare)) {
      const parts = bare.properties.map((property) => {
        if (!ts.isPropertyAssignment(property)) return property.getText()
        const value = this.#numberOf(property.initializer, file)
        const shown = value?.toLocaleString('en-US') ?? property.initializer.getText()
        return `${property.name.getText()}: ${shown}`
      })
      return parts.join('; ')
    }
    return bare.getText()
  }

  #numberOf(expression: ts.Expression, file: string): number | undefined {
    const bare = plain(expression)
    if (ts.isNumericLiteral(bare)) return Number(bare.text)
    if (ts.isIdentifier(bare)) {
      const named = this.#byFile.get(`${file} ${bare.text}`) ?? this.#exported.get(bare.text)
      return named === undefined ? undefined : this.#numberOf(named.initializer, named.file)
    }
    if (!ts.isBinaryExpression(bare)) return undefined
    const left = this.#numberOf(bare.left, file)
    const right = this.#numberOf(bare.right, file)
    if (left === undefined || right === undefined) return undefined
    return ARITHMETIC.get(bare.operatorToken.kind)?.(left, right)
  }
}

const ARITHMETIC: ReadonlyMap<ts.SyntaxKind, (left: number, right: number) => number> = new Map([
  [ts.SyntaxKind.PlusToken, (left: number, right: number) => left + right],
  [ts.SyntaxKind.MinusToken, (left: number, right: number) => left - right],
  [ts.SyntaxKind.AsteriskToken, (left: number, right: number) => left * right],
  [ts.SyntaxKind.SlashToken, (left: number, right: number) => left / right],
  [ts.SyntaxKind.AsteriskAsteriskToken, (left: number, right: number) => left ** right],
])

function plain(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression)
    ? plain(expression.expression)
    : expression
}

const UNITS: Readonly<Record<string, string>> = {
  BYTES: 'bytes',
  MS: 'ms',
  S: 's',
  SECONDS: 's',
  DAYS: 'days',
  CHARS: 'characters',
  MB: 'MiB',
  PPM: 'millionths',
}

function unitOf(name: string): string {
  const last = name.slice(name.lastIndexOf('_') + 1)
  const unit = UNITS[last]
  if (unit !== undefined) return unit
  if (name.includes('_BYTES_')) return 'bytes'
  return ['LIMIT', 'LIMITS', 'COUNT', 'MAX', 'LEAST'].includes(last) ? 'count' : last.toLowerCase()
}

function inWords(name: string): string {
  const words = name
    .split('_')
    .filter((word) => UNITS[word] === undefined && !['LIMIT', 'LIMITS', 'COUNT'].includes(word))
    .join(' ')
    .toLowerCase()
  return words === '' ? 'what its file is about' : words
}

const HEAD = `# Limits

Every named limit of the source, made from it by \`npm run reference\`; a test compares both, in both directions. A limit stands beside what
it bounds, and what is said here is the first sentence above it there, or its name in words. What an operator may change is not among them: see
[operating.md](operating.md). Those that all nodes of a network must agree on are repeated in [spec](spec/README.md).
`

/** The page, as it is formatted. */
export async function limitsPage(): Promise<string> {
  const byModule = Map.groupBy(limitsInCode(), ({ file }) => file.split('/')[1] ?? '')
  const parts = [...byModule].map(([module, limits]) => {
    const rows = limits.map(
      ({ name, value, unit, file, bounds }) =>
        `| \`${name}\` | ${cell(value)} | ${unit} | ${file} | ${cell(bounds)} |`,
    )
    const head = '| name | value | unit | file | what it bounds |\n| - | - | - | - | - |'
    return `## ${module}\n\n${head}\n${rows.join('\n')}\n`
  })
  return format(`${HEAD}\n${parts.join('\n')}`, { parser: 'markdown', printWidth: 100 })
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
}
