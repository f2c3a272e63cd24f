/**
 * Writes what is derived from the contract and from the source, or says what is out of date.
 *
 *     npm run reference [-- --check]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTypes, { astToString } from 'openapi-typescript'
import { openApiDocument } from '../src/api/openapi.ts'
import { VERSION } from '../src/api/version.ts'
import { limitsPage } from './reference/limits.ts'
import { commandsManual, commandsPage, settingsManual } from './reference/man.ts'
import { referencePage } from './reference/page.ts'

const ROOT = join(import.meta.dirname, '..')
const TYPES_HEAD = '/** Made from docs/openapi.json by "npm run reference". */\n'

async function main(argv: readonly string[]): Promise<number> {
  const document = openApiDocument(VERSION)
  const text = `${JSON.stringify(document, null, 2)}\n`
  const files = new Map([
    ['docs/openapi.json', text],
    ['docs/http-api.md', referencePage(document)],
    ['docs/limits.md', await limitsPage()],
    ['docs/cli.md', commandsPage()],
    ['man/aip-node.1', commandsManual()],
    ['man/aip-node-config.5', settingsManual()],
    [
      'src/dashboard/openapi.d.ts',
      TYPES_HEAD + astToString(await openapiTypes(text, { silent: true })),
    ],
  ])
  const stale = [...files].filter(([path, wanted]) => {
    const file = join(ROOT, path)
    return !existsSync(file) || readFileSync(file, 'utf8') !== wanted
  })
  if (argv.includes('--check')) {
    for (const [path] of stale) console.error(`${path} is out of date: run "npm run reference".`)
    return stale.length === 0 ? 0 : 1
  }
  for (const [path, wanted] of stale) {
    writeFileSync(join(ROOT, path), wanted)
    console.log(`wrote ${path}`)
  }
  return 0
}

process.exitCode = await main(process.argv.slice(2))
