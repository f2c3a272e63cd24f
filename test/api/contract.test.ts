import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { operations, type Operation, type OperationName } from '../../src/api/contract.ts'
import { parseInput } from '../../src/api/request.ts'
import { NOW_MS } from './memory-node.ts'

const all = Object.entries(operations) as [OperationName, Operation][]

describe('the contract', () => {
  test.each(all)('%s accepts its own example', (name, { example }) => {
    expect(() => parseInput(name, example, NOW_MS)).not.toThrow()
  })

  test.each(all)('%s has every input of its path among its fields', (_name, { path, input }) => {
    for (const [, field] of path.matchAll(/\{(\w+)\}/g)) {
      expect(Object.keys(input.shape)).toContain(field)
    }
  })

  test.each(all)('%s refuses an unknown field by its name', (name, { example }) => {
    expect(() => parseInput(name, { ...example, colour: 'red' }, NOW_MS)).toThrow(
      expect.objectContaining({ fault: { code: 'api/field-unknown', field: 'colour' } }),
    )
  })

  test('no two operations share a method and a path', () => {
    const routes = all.map(([, { method, path }]) => `${method} ${path}`)
    expect(new Set(routes).size).toBe(routes.length)
  })

  test('reading never changes anything: what needs more than reading is no GET, but for secrets', () => {
    const secret = new Set(['listTokens', 'logs'])
    for (const [name, { method, right }] of all) {
      if (right !== 'read' && !secret.has(name)) expect(method, name).not.toBe('GET')
    }
  })

  test('every input and output turns into JSON Schema', () => {
    for (const [, { input, output }] of all) {
      expect(z.toJSONSchema(input, { io: 'input' })).toBeTypeOf('object')
      expect(z.toJSONSchema(output)).toBeTypeOf('object')
    }
  })

  test('docs/spec/api.md lists every operation, and no other', () => {
    const text = readFileSync('docs/spec/api.md', 'utf8')
    const listed = [...text.matchAll(/^\| `(\w+)` +\| `(\w+) (\S+)` +\| (\w+) +\|/gm)].map(
      ([, name, method, path, right]) => `${name} ${method} ${path} ${right}`,
    )
    const declared = all.map(
      ([name, { method, path, right }]) => `${name} ${method} ${path} ${right}`,
    )
    expect(new Set(listed)).toEqual(new Set(declared))
  })
})
