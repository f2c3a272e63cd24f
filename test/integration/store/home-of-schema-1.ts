/** A home as the first release left it, byte for byte. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from './fixture.ts'

const FIXTURE = fileURLToPath(new URL('../../store/fixtures/schema-1.json', import.meta.url))

interface Fixture {
  /** By path in the home, in base64. */
  readonly files: Readonly<Record<string, string>>
}

export async function homeOfSchema1(): Promise<string> {
  const home = await temporaryDirectory()
  const { files } = JSON.parse(await readFile(FIXTURE, 'utf8')) as Fixture
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, Buffer.from(text, 'base64'))
  }
  return home
}
