import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { descriptionText, readDescription, writeDescription } from '../../src/store/store-file.ts'

const SOUND = {
  storeId: '0123456789abcdef0123456789abcdef',
  network: 'test',
  schema: 1,
  created: '2027-01-15T08:00:00.000Z',
  arrivals: 1,
  generation: 1,
} as const
/** As the file has it. */
const WRITTEN = { format: 1, ...SOUND, generation: undefined }

async function path(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'aip-file-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  return join(home, 'store.json')
}

describe('store.json', () => {
  test('reads back as it was written, and leaves nothing else behind', async () => {
    const file = await path()
    expect(await readDescription(file)).toBeUndefined()
    await writeDescription(file, SOUND)
    await writeDescription(file, { ...SOUND, arrivals: 2 })
    expect(await readDescription(file)).toEqual({ ...SOUND, arrivals: 2 })
    expect(await readdir(join(file, '..'))).toEqual(['store.json'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('is one line', async () => {
    const file = await path()
    await writeDescription(file, SOUND)
    expect(await readFile(file, 'utf8')).toBe(`${descriptionText(SOUND)}\n`)
  })

  test.each([
    ['not JSON', '{"format":1,'],
    ['empty', ''],
    ['another thing', '[]'],
    ['an unknown field', JSON.stringify({ ...WRITTEN, more: 1 })],
    ['a lost field', JSON.stringify({ ...WRITTEN, arrivals: undefined })],
    ['an id of another length', JSON.stringify({ ...WRITTEN, storeId: 'ab' })],
    ['a network that is no name', JSON.stringify({ ...WRITTEN, network: '../x' })],
    ['a schema below the first', JSON.stringify({ ...WRITTEN, schema: 0 })],
    ['arrivals below the first', JSON.stringify({ ...WRITTEN, arrivals: 0 })],
    ['a day that is none', JSON.stringify({ ...WRITTEN, created: 'yesterday' })],
  ])('that is %s is refused, not replaced', async (_, text) => {
    const file = await path()
    await writeFile(file, text)
    await expect(readDescription(file)).rejects.toMatchObject({ fault: { code: 'store/corrupt' } })
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('of a later format says so, whatever else it holds', async () => {
    const file = await path()
    await writeFile(file, '{"format":3,"unheard":true}')
    await expect(readDescription(file)).rejects.toMatchObject({
      fault: { code: 'store/newer', found: 3, known: 2 },
    })
  })
})
