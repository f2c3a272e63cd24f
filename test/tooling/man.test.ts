import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EXIT } from '../../src/cli/exit.ts'
import { needProgram } from '../support/programs.ts'
import { Settings, tellSettings } from '../../src/node/config.ts'
import { commandsManual, settingsManual } from '../../scripts/reference/man.ts'

const MAN = join(import.meta.dirname, '..', '..', 'man')

describe('the manual pages', () => {
  test('name every setting with its meaning, and every exit code', () => {
    const settings = settingsManual()
    for (const { name, variable } of tellSettings({ flags: {}, environment: {}, file: '' })) {
      expect(settings).toContain(`.B ${name.replaceAll('-', '\\-')}\n`)
      if (variable !== undefined) expect(settings).toContain(variable)
    }
    expect(settings.match(/^Default:/gm) ?? []).toHaveLength(0)
    expect(Object.keys(Settings.shape).length).toBeGreaterThan(10)
    for (const code of Object.values(EXIT)) expect(commandsManual()).toContain(`.B ${code}\n`)
  })

  test('are set without a complaint', { timeout: 400_000 }, () => {
    needProgram('/usr/bin/groff', 'groff')
    for (const page of ['aip-node.1', 'aip-node-config.5']) {
      const file = join(MAN, page)
      const { status, stderr } = spawnSync('groff', ['-k', '-man', '-ww', '-z', file], {
        encoding: 'utf8',
      })
      expect([status, stderr], page).toEqual([0, ''])
      expect(readFileSync(file, 'utf8')).toMatch(/^\.SH NAME$/m)
    }
  })
})
