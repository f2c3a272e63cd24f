import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { HOUR_LIMIT_COUNT, UNIT_LIMIT_COUNT } from '../../src/records/replica/limits.ts'
import { RECORD_LIMIT_BYTES, recordIdText } from '../../src/records/wire.ts'
import { verified, vouchClaim } from '../support/records.ts'

const spec = readFileSync(new URL('../../docs/spec/records.md', import.meta.url), 'utf8')
/** Columns are padded for people. */
const flat = spec.replaceAll(/ +/g, ' ')
const english = new Intl.NumberFormat('en')

describe('docs/spec/records.md', () => {
  test.for(Object.entries(RECORD_LIMIT_BYTES))('states the size of a %s', ([type, limitBytes]) => {
    expect(flat).toContain(`| ${type}, whole record | ${english.format(limitBytes)} bytes |`)
  })

  test.for(['vouch', 'revocation', 'promise'] as const)(
    'states how many of a %s are kept',
    (type) => {
      const [hour, unit] = [HOUR_LIMIT_COUNT[type], UNIT_LIMIT_COUNT[type]]
      expect(flat).toContain(`| ${type} | ${hour} | ${english.format(unit)} |`)
    },
  )

  test('states how many observations are kept', () => {
    const [hour, day] = [HOUR_LIMIT_COUNT.observation, UNIT_LIMIT_COUNT.observation]
    expect(flat).toContain(`| observation | ${hour} | ${day} for each day of the lane |`)
  })

  test('shows the record that the code makes', () => {
    const { bytes, id } = verified(vouchClaim({ statement: 'Careful.' }))
    expect(spec).toContain(`${bytes.length} bytes, id\n\`${recordIdText(id)}\``)
    const [example = ''] = spec.split('\n## An example').slice(1)
    const lines = [...example.matchAll(/^ *((?:[0-9a-f…]+ +)+) *\S/gm)]
    const shown = lines.map(([, hex = '']) => hex.replaceAll(' ', '')).join('')
    const parts = shown.split('…')
    const hex = Buffer.from(bytes).toString('hex')
    let from = 0
    for (const part of parts) {
      const at = hex.indexOf(part, from)
      expect(at, part).toBeGreaterThanOrEqual(from)
      from = at + part.length
    }
    expect([hex.startsWith(parts[0] ?? '-'), from]).toEqual([true, hex.length])
  })
})
