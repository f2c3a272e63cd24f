/**
 * Makes the package's JavaScript: `src` without its types, in `dist/src`.
 *
 *     npm run build [-- OUT_DIR]
 *
 * Each file is translated alone, which `isolatedModules` in tsconfig.json allows, so this takes a
 * second where a check of types takes many; `npm run check:types` is that check. Runs as `prepare`
 * too, and says so and ends well where TypeScript is not installed (`npm ci --omit=dev`).
 */
import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type * as TypeScript from 'typescript'

const ROOT = dirname(import.meta.dirname)
const SHEBANG = '#!/usr/bin/env node\n'
/** What `bin` in package.json names; it need not exist. */
const COMMAND = 'src/cli/main.ts'

type Compiler = typeof TypeScript.default

async function main([outDir = join(ROOT, 'dist')]: readonly string[]): Promise<number> {
  const compiler = await findCompiler()
  if (compiler === undefined) {
    console.error('TypeScript is not installed, so dist was not built.')
    return 0
  }
  const options = optionsOf(compiler)
  rmSync(join(outDir, 'src'), { recursive: true, force: true })
  const sources = globSync('src/**/*.ts', { cwd: ROOT })
  const faults = sources.flatMap((source) => translate(compiler, options, source, outDir))
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

process.exitCode = await main(process.argv.slice(2))
