/** A JSON Schema in words: the rows of its fields, and the type of each. Pure. */
import { z } from 'zod'

/** As far as the contract's own schemas go. */
export interface Schema {
  readonly type?: string | readonly string[] | undefined
  readonly description?: string | undefined
  readonly enum?: readonly unknown[] | undefined
  readonly const?: unknown
  readonly default?: unknown
  readonly format?: string | undefined
  readonly pattern?: string | undefined
  readonly minimum?: number | undefined
  readonly exclusiveMinimum?: number | undefined
  readonly maximum?: number | undefined
  readonly maxLength?: number | undefined
  readonly maxItems?: number | undefined
  readonly $ref?: string | undefined
  readonly anyOf?: readonly Schema[] | undefined
  readonly items?: Schema | undefined
  readonly additionalProperties?: Schema | boolean | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
  readonly required?: readonly string[] | undefined
}

export const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    description: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    minimum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    maximum: z.number().optional(),
    maxLength: z.number().optional(),
    maxItems: z.number().optional(),
    $ref: z.string().optional(),
    anyOf: z.array(Schema).optional(),
    items: Schema.optional(),
    additionalProperties: z.union([z.boolean(), Schema]).optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
  }),
)

export interface Row {
  /** `evidence.weight`, `items[].did`. */
  readonly name: string
  /** `path`, `query`, `header` or `body`; none in an answer. */
  readonly place?: string | undefined
  readonly required: boolean
  readonly schema: Schema
}

/** A pattern longer than this is for programs: openapi.json has it. */
const PATTERN_LIMIT_CHARS = 40

/** Each field, and those of objects within under dotted names. Empty where it has none of its own. */
export function rowsOf(schema: Schema, prefix = ''): readonly Row[] {
  const { properties, items, anyOf, required = [] } = schema
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([field, inner]) => {
      const name = prefix === '' ? field : `${prefix}.${field}`
      return [
        { name, required: required.includes(field), schema: inner },
        // The branches of a choice have fields of the same names: the type says what they are.
        ...rowsOf(onlyObject(inner) ?? {}, name),
        ...rowsOf(inner.items ?? {}, `${name}[]`),
      ]
    })
  }
  if (items !== undefined && prefix === '') return rowsOf(items, '[]')
  const only = anyOf === undefined ? undefined : onlyObject(schema)
  return only === undefined || only === schema ? [] : rowsOf(only, prefix)
}

/** The one object that it is, or is unless it is null. */
function onlyObject(schema: Schema): Schema | undefined {
  if (schema.properties !== undefined) return schema
  const objects = (schema.anyOf ?? []).filter(({ properties }) => properties !== undefined)
  return objects.length === 1 ? objects[0] : undefined
}

/** The type as HTML: `string, at most 64 characters`, or a link to a shape. */
export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = escaped(schema.$ref.split('/').at(-1) ?? '')
    return `<a href="#schema-${name}">${name}</a>`
  }
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(literal).join(', ')
  if (schema.anyOf !== undefined) {
    return [...new Set(schema.anyOf.map(typeOf))].join('<span class="muted"> or </span>')
  }
  const { type = 'anything' } = schema
  const kinds = (typeof type === 'string' ? [type] : type).map((kind) => kindOf(kind, schema))
  return [kinds.join(' or '), ...boundsOf(schema)].join(', ')
}

function kindOf(kind: string, schema: Schema): string {
  const { items, maxItems, additionalProperties, properties } = schema
  if (kind === 'array') {
    const most = isBound(maxItems) ? `at most ${maxItems}: ` : ''
    return `list of ${most}${items === undefined ? 'anything' : typeOf(items)}`
  }
  if (kind === 'object' && properties === undefined && typeof additionalProperties === 'object') {
    return `object, each value ${typeOf(additionalProperties)}`
  }
  return escaped(kind)
}

function boundsOf(schema: Schema): string[] {
  const { format, pattern, minimum, exclusiveMinimum, maximum, maxLength } = schema
  return [
    ...(format === undefined ? [] : [escaped(format)]),
    ...(format !== undefined || pattern === undefined || pattern.length > PATTERN_LIMIT_CHARS
      ? []
      : [`<code>${escaped(pattern)}</code>`]),
    ...(isBound(minimum) ? [`from ${minimum}`] : []),
    ...(isBound(exclusiveMinimum) ? [`more than ${exclusiveMinimum}`] : []),
    ...(isBound(maximum) ? [`to ${maximum}`] : []),
    ...(isBound(maxLength) ? [`at most ${maxLength} characters`] : []),
  ]
}

/** The largest whole number that a double holds is no bound that anybody set. */
function isBound(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) !== Number.MAX_SAFE_INTEGER
}

function literal(value: unknown): string {
  return `<code>${escaped(JSON.stringify(value))}</code>`
}

/** Text for the content of an element or for an attribute in double quotes. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
