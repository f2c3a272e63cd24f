import { describe, expect, test } from 'vitest'
import { operations } from '../../src/api/contract.ts'
import { openApiDocument } from '../../src/api/openapi.ts'
import { referenceHtml } from '../../src/api/reference/page.ts'
import { escaped, rowsOf, typeOf } from '../../src/api/reference/schema-rows.ts'

const page = referenceHtml(openApiDocument('1.2.3'))

/** The article of an operation or a shape, without marks where lines may break. */
function article(id: string): string {
  const [, found = ''] = new RegExp(`<article id="${id}"[^]*?>([^]*?)</article>`).exec(page) ?? []
  return found.replaceAll('<wbr>', '')
}

/** The example of an operation, on one line. */
function typed(name: string): string {
  const [, example = ''] = /<pre [^>]*><code>([^]*?)<\/code>/.exec(article(name)) ?? []
  return example.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll(' \\\n  ', ' ')
}

describe('the page of the reference', () => {
  test('has every operation of the contract, with method, path, right and inputs', () => {
    for (const [name, operation] of Object.entries(operations)) {
      const { method, path, summary, right, input } = operation
      const found = article(name)
      expect(found, name).toContain(`<span class="method">${method}</span> <code>${path}</code>`)
      expect(found, name).toContain(`<p>${escaped(summary)}</p>`)
      const need = right === 'none' ? 'Needs no token.' : `Needs the right "${right}".`
      expect(found, name).toContain(escaped(need))
      for (const field of Object.keys(input.shape)) {
        expect(found, `${name}: ${field}`).toContain(`<th scope="row"><code>${field}</code>`)
      }
    }
    expect(page.match(/<article [^>]*aria-labelledby/g)).toHaveLength(
      Object.keys(operations).length,
    )
  })

  test('leads only to what is on it, and to three places of the node', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const links = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link)
    const inside = links.filter((link) => link.startsWith('#')).map((link) => link.slice(1))
    expect(inside.length).toBeGreaterThan(100)
    expect(inside.filter((id) => !ids.includes(id))).toEqual([])
    const others = links.filter((link) => !link.startsWith('#') && link !== 'data:,')
    expect([...new Set(others)].toSorted()).toEqual(['/docs/style.css', '/ui/', '/v1/openapi.json'])
  })

  test('has neither script nor style in its markup', () => {
    expect(page).not.toMatch(/<script|<style|<iframe| style=| on[a-z]+="|javascript:/i)
  })

  test('shows requests as somebody would type them', () => {
    const socket = 'curl --unix-socket "$AIP_NODE_HOME/run/aip-node.sock"'
    expect(typed('status')).toBe(`${socket} 'http://localhost/v1/status'`)
    expect(typed('score')).toBe(
      `${socket} 'http://localhost/v1/agents/did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2/score?scope=code-review'`,
    )
    expect(typed('createObservation')).toBe(
      `${socket} -X POST -H 'Content-Type: application/json' -d '{"subject":"did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2","task":"review","promised":10,"delivered":9}' 'http://localhost/v1/observations'`,
    )
    expect(typed('importRecords')).toContain('--data-binary @FILE')
    for (const name of Object.keys(operations)) expect(typed(name), name).not.toMatch(/[{]\w+[}]/)
  })

  test('says what an operation answers, field by field or by the name of a shape', () => {
    expect(article('createObservation')).toContain('<a href="#schema-Created">Created</a>')
    expect(article('schema-Score')).toContain('<code>evidence.weight</code>')
    expect(article('exportRecords')).toContain('application/octet-stream')
    expect(article('schema-Problem')).toContain('node/config-invalid')
  })

  test('shows text that looks like markup as text', () => {
    const document = openApiDocument('<img src=x onerror=alert(1)>"&')
    const hostile = referenceHtml(document)
    expect(hostile).not.toContain('<img')
    expect(hostile).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&amp;')
  })
})

describe('a schema in words', () => {
  test.each([
    [{ type: 'string', maxLength: 8 }, 'string, at most 8 characters'],
    [{ type: ['number', 'null'] }, 'number or null'],
    [{ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, 'integer, from 0'],
    [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, 'number, more than 0, to 1'],
    [{ type: 'array', maxItems: 3, items: { type: 'string' } }, 'list of at most 3: string'],
    [{ type: 'object', additionalProperties: { type: 'boolean' } }, 'object, each value boolean'],
    [{ enum: ['a', '<'] }, '<code>&quot;a&quot;</code>, <code>&quot;&lt;&quot;</code>'],
    [{ const: 1 }, '<code>1</code>'],
    [{ $ref: '#/components/schemas/Score' }, '<a href="#schema-Score">Score</a>'],
    [
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      'string<span class="muted"> or </span>null',
    ],
    [{}, 'anything'],
  ])('%j', (schema, words) => {
    expect(typeOf(schema)).toBe(words)
  })

  test('names the fields of objects within, of lists, and of what may be null', () => {
    const inner = { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] }
    const schema = {
      type: 'object',
      properties: {
        a: inner,
        list: { type: 'array', items: inner },
        maybe: { anyOf: [inner, { type: 'null' }] },
        either: { anyOf: [inner, inner] },
      },
      required: ['a'],
    }
    expect(rowsOf(schema).map(({ name, required }) => `${name}${required ? '' : '?'}`)).toEqual([
      'a',
      'a.b',
      'list?',
      'list[].b',
      'maybe?',
      'maybe.b',
      'either?',
    ])
    expect(rowsOf({ type: 'string' })).toEqual([])
  })
})
