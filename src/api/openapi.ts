/**
 * The interface as an OpenAPI 3.1 document, made from the contract: one operation there is one here.
 * Source: OpenAPI Specification 3.1.1; JSON Schema 2020-12.
 */
import { z } from 'zod'
import { operations, type Operation } from './contract.ts'
import { IDEMPOTENCY_KEY_LIMIT_CHARS } from './idempotency.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { HTTP_STATUS } from './status.ts'
import * as views from './views.ts'

type Json = Readonly<Record<string, unknown>>

const SCHEMAS = '#/components/schemas/'
const PROBLEM: Json = {
  type: 'object',
  description: 'What went wrong. RFC 9457.',
  required: ['type', 'title', 'status', 'code', 'detail', 'help'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { enum: Object.keys(HTTP_STATUS).toSorted(), description: 'Stable. docs/errors.md.' },
    detail: { type: 'string', description: 'In a sentence.' },
    help: { type: 'string', description: 'Where people read on.' },
  },
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Sent again with the same key it is done once, and answered as the first time.',
  schema: { type: 'string', maxLength: IDEMPOTENCY_KEY_LIMIT_CHARS + 2 },
}
const IF_NONE_MATCH: Json = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The ETag of an earlier answer: 304 while it still holds.',
  schema: { type: 'string' },
}

/** @param version  of the package. */
export function openApiDocument(version: string): Json {
  const named = namedSchemas()
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, operation] of Object.entries<Operation>(operations)) {
    const item = (paths[operation.path] ??= {})
    item[operation.method.toLowerCase()] = operationOf(name, operation)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'aip-node',
      version,
      summary: 'The local interface of a trust node.',
      description:
        'Times are RFC 3339 in UTC, shares lie in [0, 1], and null means unknown, never zero. Errors are problem details with a stable code.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:7470', description: 'The loopback port, with a token.' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'From run/token, or made by "aip-node token create". Not needed on the socket.',
        },
      },
      schemas: { ...named, Problem: PROBLEM },
      responses: {
        Problem: {
          description: 'Refused, or failed; "code" says why.',
          content: { [PROBLEM_TYPE]: { schema: { $ref: `${SCHEMAS}Problem` } } },
        },
      },
    },
  }
}

function operationOf(name: string, operation: Operation): Json {
  const { summary, right, path, method, input, example, transfer, takesIdempotencyKey } = operation
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, field = '']) => field)
  const { properties, required } = fieldsOf(input)
  const parameter = (field: string, place: 'path' | 'query'): Json => ({
    name: field,
    in: place,
    required: place === 'path' || required.has(field),
    schema: properties[field] ?? {},
    ...(isList(properties[field]) ? { style: 'form', explode: false } : {}),
    ...(example[field] === undefined ? {} : { example: example[field] }),
  })
  const others = Object.keys(properties).filter((field) => !inPath.includes(field))
  const isQuery = method === 'GET' || transfer === 'upload'
  const parameters = [
    ...inPath.map((field) => parameter(field, 'path')),
    ...(isQuery ? others.map((field) => parameter(field, 'query')) : []),
    ...(takesIdempotencyKey === true ? [IDEMPOTENCY_KEY] : []),
    ...(method === 'GET' && transfer === 'json' ? [IF_NONE_MATCH] : []),
  ]
  return {
    operationId: name,
    summary,
    description: right === 'none' ? 'Needs no token.' : `Needs the right "${right}".`,
    tags: [tagOf(path)],
    ...(right === 'none' ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(method === 'GET' ? {} : { requestBody: bodyOf(operation, others) }),
    responses: {
      '200': { description: 'Done.', content: contentOf(name, operation) },
      ...(method === 'GET' && transfer === 'json'
        ? { '304': { description: 'The same as the answer of that ETag.' } }
        : {}),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function bodyOf({ input, example, transfer }: Operation, fields: readonly string[]): Json {
  if (transfer === 'upload') {
    return { required: true, content: { 'application/octet-stream': {} } }
  }
  const { properties, required } = fieldsOf(input)
  const kept = fields.filter((field) => Object.hasOwn(properties, field))
  const schema = {
    type: 'object',
    properties: Object.fromEntries(kept.map((field) => [field, properties[field]])),
    required: kept.filter((field) => required.has(field)),
    additionalProperties: false,
  }
  const body = Object.fromEntries(
    kept.flatMap((field) => (field in example ? [[field, example[field]]] : [])),
  )
  return {
    required: schema.required.length > 0,
    content: { 'application/json': { schema, example: body } },
  }
}

function contentOf(name: string, { transfer }: Operation): Json {
  switch (transfer) {
    case 'download':
      return { 'application/octet-stream': {} }
    case 'events':
      return { 'text/event-stream': { schema: { type: 'string' } } }
    case 'resolution':
      return {
        'application/did-resolution': { schema: { $ref: SCHEMAS + answerName(name) } },
        'application/json': { schema: { $ref: SCHEMAS + answerName(name) } },
      }
    case 'json':
    case 'upload':
      return { 'application/json': { schema: { $ref: SCHEMAS + answerName(name) } } }
  }
}

/** The views under their own names, and each operation's answer under one made from its name. */
function namedSchemas(): Json {
  const registry = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries({ ...views })) {
    if (schema instanceof z.ZodType) registry.add(schema, { id: name })
  }
  for (const [name, { output, transfer }] of Object.entries<Operation>(operations)) {
    if (transfer === 'download') continue
    registry.add(wrapped(output), { id: answerName(name) })
  }
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => SCHEMAS + id,
    unrepresentable: 'any',
  })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [
      name,
      schema,
    ]),
  )
}

/** Another schema of the same values, since one schema has one name. */
function wrapped(output: z.ZodType): z.ZodType {
  return output.meta({})
}

function answerName(operation: string): string {
  return `${operation.slice(0, 1).toUpperCase()}${operation.slice(1)}Answer`
}

function fieldsOf(input: z.ZodObject): {
  readonly properties: Readonly<Record<string, Json>>
  readonly required: ReadonlySet<string>
} {
  const { properties = {}, required = [] } = z.toJSONSchema(input, {
    io: 'input',
    unrepresentable: 'any',
  })
  // What zod writes for a field is an object; a bare true or false is never one of ours.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { properties: properties as Record<string, Json>, required: new Set(required) }
}

function isList(schema: Json | undefined): boolean {
  return schema?.['type'] === 'array'
}

function tagOf(path: string): string {
  return path.split('/')[2] ?? 'node'
}
