import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { attackNamed, attackNames } from '../../scripts/sec/parts/attacks.ts'
import { AttackUsageError, count, type Attack } from '../../scripts/sec/parts/attack.ts'
import { runAttack } from '../../scripts/sec/parts/run-attack.ts'

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'sec.ts')

function attackThat(run: Attack['run'], limitMs = 10_000): Attack {
  return { does: 'x', flags: { n: { fallback: '5', meaning: 'how many' } }, limitMs, run }
}

describe('an attack', () => {
  it('passes when no figure missed its bar, with its flags and seed in the report', async () => {
    const attack = attackThat(async ({ flags, seed }) => ({
      figures: { n: count(flags, 'n', 1, 9), seed },
      misses: [],
    }))
    const report = await runAttack('a:b', attack, { n: '7' }, 42)
    expect(report).toMatchObject({ verdict: 'pass', figures: { n: 7, seed: 42 }, seed: 42 })
    expect((await runAttack('a:b', attack, {}, 1)).figures).toMatchObject({ n: 5 })
  })

  it('fails for a miss, for a throw and for taking too long', async () => {
    const miss = attackThat(async () => ({ figures: {}, misses: ['3 stored'] }))
    const broken = attackThat(async () => {
      throw new RangeError('no such row')
    })
    const endless = attackThat(() => Promise.withResolvers<never>().promise, 20)
    expect(await runAttack('a', miss, {}, 1)).toMatchObject({
      verdict: 'fail',
      misses: ['3 stored'],
    })
    expect((await runAttack('a', broken, {}, 1)).misses[0]).toContain('RangeError: no such row')
    expect(await runAttack('a', endless, {}, 1)).toMatchObject({ verdict: 'fail' })
  })

  it('that the machine cannot run is told from one that passed', async () => {
    const attack = attackThat(async () => ({ figures: {}, misses: [], notRun: 'needs root' }))
    expect((await runAttack('a', attack, {}, 1)).verdict).toBe('not-run')
  })

  it('takes no flag that it does not know, and no number outside its bounds', async () => {
    const attack = attackThat(async () => ({ figures: {}, misses: [] }))
    await expect(runAttack('a', attack, { m: '1' }, 1)).rejects.toThrow(AttackUsageError)
    expect(count({ n: '1' }, 'n', 1, 9)).toBe(1)
    expect(count({ n: '9' }, 'n', 1, 9)).toBe(9)
    for (const text of ['0', '10', '-1', '1e1', '']) {
      expect(() => count({ n: text }, 'n', 1, 9)).toThrow('from 1 to 9')
    }
  })
})

describe('npm run sec', () => {
  it('has each attack in a file of its own, with a limit and a sentence', async () => {
    const names = attackNames()
    expect(names).toContain('score:lab')
    for (const name of names) {
      const attack = await attackNamed(name)
      expect(attack?.does.length ?? 0, name).toBeGreaterThan(20)
      expect(attack?.limitMs ?? 0, name).toBeGreaterThan(0)
      const flags = { ...attack?.gate, ...attack?.full }
      expect(Object.keys(attack?.flags ?? {}), name).toEqual(
        expect.arrayContaining(Object.keys(flags)),
      )
    }
  })

  it('prints one line of JSON, and exits 2 for what it does not know', async () => {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [SCRIPT, 'score:lab', '--size', '20'])
    expect(JSON.parse(stdout)).toMatchObject({ name: 'score:lab', verdict: 'pass', misses: [] })
    expect(stdout.trim().split('\n')).toHaveLength(1)
    for (const args of [['no:such'], ['score:lab', '--siez', '2'], ['score:lab', 'x'], []]) {
      await expect(run(process.execPath, [SCRIPT, ...args])).rejects.toMatchObject({ code: 2 })
    }
  })
})
