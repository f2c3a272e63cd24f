/** Homes as earlier releases left them, byte for byte. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from './fixture.ts'

const FIXTURES = fileURLToPath(new URL('../../store/fixtures', import.meta.url))

interface Fixture {
  /** By path in the home, in base64. */
  readonly files: Readonly<Record<string, string>>
}

/** Of the first release. */
export async function homeOfSchema1(): Promise<string> {
  return homeOf('schema-1.json')
}

/** Of commit bbd056a, by scripts/store-fixture.ts. */
export async function homeOfSchema2(): Promise<string> {
  return homeOf('schema-2.json')
}

async function homeOf(fixture: string): Promise<string> {
  const home = await temporaryDirectory()
  const { files } = JSON.parse(await readFile(join(FIXTURES, fixture), 'utf8')) as Fixture
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, Buffer.from(text, 'base64'))
  }
  return home
}
