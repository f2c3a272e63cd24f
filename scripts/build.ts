/**
 * Makes the package's JavaScript: `src` without its types, in `dist/src`.
 *
 *     npm run build [-- OUT_DIR] [--types]
 *
 * With `--types` the declarations of what other programs import come too (`npm pack` asks for them);
 * that takes the whole compiler, and some seconds.
 *
 * Each file is translated alone, which `isolatedModules` in tsconfig.json allows, so this takes a
 * second where a check of types takes many; `npm run check:types` is that check. Runs as `prepare`
 * too, and says so and ends well where TypeScript is not installed (`npm ci --omit=dev`).
 */
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type * as TypeScript from 'typescript'

const ROOT = dirname(import.meta.dirname)
const SHEBANG = '#!/usr/bin/env node\n'
/** What `bin` in package.json names; it need not exist. */
const COMMAND = 'src/cli/main.ts'

/** What `exports` in package.json names. */
const ENTRIES = [
  'src/entry/trust.ts',
  'src/entry/records.ts',
  'src/entry/identity.ts',
  'src/sdk/did-resolver.ts',
  'src/sdk/node-client.ts',
  'src/sdk/signed-fetch.ts',
  'src/sdk/node-middleware.ts',
  'src/sdk/fastify-middleware.ts',
  'src/sdk/hono-middleware.ts',
]
const TYPES_FLAG = '--types'
const PAGES_CONFIG = join(ROOT, 'config/tools/vite.config.ts')

type Compiler = typeof TypeScript.default

async function main(argv: readonly string[]): Promise<number> {
  const [outDir = join(ROOT, 'dist')] = argv.filter((one) => one !== TYPES_FLAG)
  const compiler = await findCompiler()
  if (compiler === undefined) {
    console.error('TypeScript is not installed, so dist was not built.')
    return 0
  }
  const options = optionsOf(compiler)
  rmSync(join(outDir, 'src'), { recursive: true, force: true })
  const sources = globSync('src/**/*.ts', { cwd: ROOT, exclude: ['src/dashboard/**'] })
  const faults = sources.flatMap((source) => translate(compiler, options, source, outDir))
  if (argv.includes(TYPES_FLAG)) faults.push(...declare(compiler, options, outDir))
  faults.push(...(await buildPages(join(outDir, 'ui'))))
  for (const fault of faults) console.error(fault)
  return faults.length === 0 ? 0 : 1
}

async function findCompiler(): Promise<Compiler | undefined> {
  try {
    return (await import('typescript')).default
  } catch (error) {
    const isAbsent =
      error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    if (isAbsent) return undefined
    throw error
  }
}

/** The dashboard's files, bundled; they are small, and a second's work. */
async function buildPages(outDir: string): Promise<string[]> {
  if (!existsSync(join(ROOT, 'src/dashboard/index.html'))) return []
  try {
    const { build } = await import('vite')
    await build({ configFile: PAGES_CONFIG, logLevel: 'warn', build: { outDir } })
    return []
  } catch (error) {
    return [`pages: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** As in tsconfig.json where it matters to one file alone; nothing is translated down. */
function optionsOf(compiler: Compiler): TypeScript.CompilerOptions {
  return {
    target: compiler.ScriptTarget.ESNext,
    module: compiler.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: true,
  }
}

/** Writes one file's JavaScript. The answer is what is wrong with its syntax, if anything. */
function translate(
  compiler: Compiler,
  compilerOptions: TypeScript.CompilerOptions,
  source: string,
  outDir: string,
): string[] {
  const { outputText, diagnostics = [] } = compiler.transpileModule(
    readFileSync(join(ROOT, source), 'utf8'),
    { compilerOptions, fileName: source, reportDiagnostics: true },
  )
  const target = join(outDir, source.replace(/\.ts$/, '.js'))
  const isCommand = source === COMMAND
  const text = isCommand && !outputText.startsWith('#!') ? SHEBANG + outputText : outputText
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
  if (isCommand) chmodSync(target, 0o755)
  return diagnostics.map(
    ({ messageText }) => `${source}: ${compiler.flattenDiagnosticMessageText(messageText, '\n')}`,
  )
}

/** Writes the declarations of the entries and of all that they name. */
function declare(
  compiler: Compiler,
  options: TypeScript.CompilerOptions,
  outDir: string,
): string[] {
  const program = compiler.createProgram({
    rootNames: ENTRIES.map((entry) => join(ROOT, entry)),
    options: {
      ...options,
      moduleResolution: compiler.ModuleResolutionKind.NodeNext,
      module: compiler.ModuleKind.NodeNext,
      lib: ['lib.es2025.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: ROOT,
      outDir,
    },
  })
  const { diagnostics } = program.emit()
  return [...compiler.getPreEmitDiagnostics(program), ...diagnostics].map(
    ({ file, messageText }) =>
      `${file?.fileName ?? 'declarations'}: ${compiler.flattenDiagnosticMessageText(messageText, '\n')}`,
  )
}

process.exitCode = await main(process.argv.slice(2))
