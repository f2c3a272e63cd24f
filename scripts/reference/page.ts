/** The OpenAPI document as a page that people read. */
import { z } from 'zod'

const Schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  $ref: z.string().optional(),
})
const Parameter = z.object({
  name: z.string(),
  in: z.string(),
  required: z.boolean(),
  schema: Schema,
})
const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(Parameter).optional(),
  requestBody: z
    .object({
      content: z.record(
        z.string(),
        z.object({
          schema: z
            .object({ properties: z.record(z.string(), Schema), required: z.array(z.string()) })
            .optional(),
          example: z.unknown().optional(),
        }),
      ),
    })
    .optional(),
})
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

const HEAD = `# HTTP API

Made from the contract by \`npm run reference\`. The same as a document for programs: [openapi.json](openapi.json), which a running node
serves at \`/v1/openapi.json\`, and as a page with every answer and an example at \`/docs\`. What a table cannot say (where the interface is, who may call, errors, cursors, events) stands in
[spec/api.md](spec/api.md); errors in [errors.md](errors.md).

On the socket no token is needed; on the port it is \`Authorization: Bearer\` and the text of \`run/token\`, or of one that
\`aip-node token create\` made.
`

export function referencePage(document: unknown): string {
  const { paths } = Document.parse(document)
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
  const tags = [...new Set(all.flatMap(({ operation }) => operation.tags))].toSorted()
  const parts = tags.map((tag) => {
    const own = all.filter(({ operation }) => operation.tags.includes(tag))
    return `## ${tag}\n\n${own.map(section).join('\n')}`
  })
  return `${HEAD}\n${parts.join('\n')}`
}

function section({
  path,
  method,
  operation,
}: {
  readonly path: string
  readonly method: string
  readonly operation: z.infer<typeof Operation>
}): string {
  const json = operation.requestBody?.content['application/json']
  const fields = [
    ...(operation.parameters ?? []).map(({ name, in: place, required, schema }) => ({
      name,
      place,
      required,
      schema,
    })),
    ...Object.entries(json?.schema?.properties ?? {}).map(([name, schema]) => ({
      name,
      place: 'body',
      required: json?.schema?.required.includes(name) === true,
      schema,
    })),
  ]
  const lines = [
    `### \`${method.toUpperCase()} ${path}\``,
    '',
    `${operation.summary} ${operation.description} (\`${operation.operationId}\`)`,
    '',
    ...fields.map(
      ({ name, place, required, schema }) =>
        `- \`${name}\` (${place}${required ? '' : ', optional'}): ${wordsOf(schema)}`,
    ),
    ...(fields.length === 0 ? [] : ['']),
  ]
  return lines.join('\n')
}

function wordsOf(schema: z.infer<typeof Schema>): string {
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : schema.type
  const kind =
    schema.enum === undefined
      ? (type ?? 'see openapi.json')
      : schema.enum.map((one) => `\`${String(one)}\``).join(', ')
  const fallback =
    schema.default === undefined ? '' : ` Default \`${JSON.stringify(schema.default)}\`.`
  return `${kind}.${schema.description === undefined ? '' : ` ${schema.description}`}${fallback}`.replaceAll(
    '..',
    '.',
  )
}
