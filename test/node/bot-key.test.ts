import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bot } from '../../src/node/bot-key.ts'

let home = ''
let file = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aip-bot-'))
  file = join(home, 'keys', 'web-bot-auth.key')
})
afterEach(async () => rm(home, { recursive: true, force: true }))

const publicKeyOf = async (bot: Bot): Promise<Uint8Array> => (await bot.signer()).publicKey

describe('the key for Web Bot Auth', () => {
  it('is made once, for its owner alone, and found again', async () => {
    const bot = new Bot('https://agent.example', file)
    const [one, other] = await Promise.all([publicKeyOf(bot), publicKeyOf(bot)])
    expect(one).toEqual(other)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(await publicKeyOf(new Bot('https://agent.example', file))).toEqual(one)
  })

  it('is refused where others may read it, until that is mended', async () => {
    const first = await publicKeyOf(new Bot('https://agent.example', file))
    await chmod(file, 0o640)
    const bot = new Bot('https://agent.example', file)
    await expect(bot.signer()).rejects.toMatchObject({ fault: { code: 'node/key-file-mode' } })
    await chmod(file, 0o600)
    expect(await publicKeyOf(bot)).toEqual(first)
  })

  it('is refused when it is no key, and never written over', async () => {
    await new Bot('https://agent.example', file).signer()
    await writeFile(file, 'something else')
    const bot = new Bot('https://agent.example', file)
    await expect(bot.signer()).rejects.toMatchObject({ fault: { code: 'node/key-file-invalid' } })
    expect(await readFile(file, 'utf8')).toBe('something else')
  })
})
