/**
 * The fields of an AgentCard, and the JSON of one that is signed.
 *
 * What is signed leaves out what equals a default, so it follows from the table of fields alone. Two
 * readings of that are in use. By the specification what is REQUIRED, and what is `optional` and was
 * set, stays even where it is empty. The SDKs leave out whatever is empty, at any depth. Both are made
 * here; for most cards they are the same. Source: A2A 1.0, sections 4.4, 4.5, 5.7 and 8.4.1.
 */
import { isJsonObject, type JsonObject } from '../crypto/jcs.ts'
import { AgentCardError } from './agent-card-error.ts'

/** Levels that a value of no fixed shape may nest. */
export const CARD_DEPTH_LIMIT = 32

/** `required`: always there; `optional`: there if set, even to a default; `plain`: not if a default. */
type Presence = 'required' | 'optional' | 'plain'

interface Field {
  readonly presence: Presence
  /** A string, a boolean, any JSON object, or a message of its own. */
  readonly kind: 'text' | 'flag' | 'object' | Message
  /** One value, a list of them, or a map from names to them. */
  readonly many?: 'list' | 'map'
}

interface Message {
  readonly fields: Readonly<Record<string, Field>>
  /** Of a union: exactly one of the fields is there. */
  readonly isUnion?: true
}

const text: Field = { presence: 'plain', kind: 'text' }
const neededText: Field = { presence: 'required', kind: 'text' }
const texts: Field = { presence: 'plain', kind: 'text', many: 'list' }
const neededTexts: Field = { presence: 'required', kind: 'text', many: 'list' }
const namedTexts: Field = { presence: 'plain', kind: 'text', many: 'map' }
const neededNamedTexts: Field = { presence: 'required', kind: 'text', many: 'map' }
const setFlag: Field = { presence: 'optional', kind: 'flag' }
const flag: Field = { presence: 'plain', kind: 'flag' }
/** A message that is set is there, whatever it holds. */
const one = (fields: Message['fields']): Field => ({ presence: 'optional', kind: { fields } })
const union = (fields: Message['fields']): Message => ({ fields, isUnion: true })

const flows = union({
  authorizationCode: one({
    authorizationUrl: neededText,
    tokenUrl: neededText,
    refreshUrl: text,
    scopes: neededNamedTexts,
    pkceRequired: flag,
  }),
  clientCredentials: one({ tokenUrl: neededText, refreshUrl: text, scopes: neededNamedTexts }),
  implicit: one({ authorizationUrl: text, refreshUrl: text, scopes: namedTexts }),
  password: one({ tokenUrl: text, refreshUrl: text, scopes: namedTexts }),
  deviceCode: one({
    deviceAuthorizationUrl: neededText,
    tokenUrl: neededText,
    refreshUrl: text,
    scopes: neededNamedTexts,
  }),
})

const securityScheme = union({
  apiKeySecurityScheme: one({ description: text, location: neededText, name: neededText }),
  httpAuthSecurityScheme: one({ description: text, scheme: neededText, bearerFormat: text }),
  oauth2SecurityScheme: one({
    description: text,
    flows: { presence: 'required', kind: flows },
    oauth2MetadataUrl: text,
  }),
  openIdConnectSecurityScheme: one({ description: text, openIdConnectUrl: neededText }),
  mtlsSecurityScheme: one({ description: text }),
})

const securityRequirements: Field = {
  presence: 'plain',
  many: 'list',
  kind: {
    fields: { schemes: { presence: 'plain', many: 'map', kind: { fields: { list: texts } } } },
  },
}

const extension: Message = {
  fields: {
    uri: text,
    description: text,
    required: flag,
    params: { presence: 'optional', kind: 'object' },
  },
}

const CARD: Message = {
  fields: {
    name: neededText,
    description: neededText,
    supportedInterfaces: {
      presence: 'required',
      many: 'list',
      kind: {
        fields: {
          url: neededText,
          protocolBinding: neededText,
          tenant: text,
          protocolVersion: neededText,
        },
      },
    },
    provider: one({ url: neededText, organization: neededText }),
    version: neededText,
    documentationUrl: { presence: 'optional', kind: 'text' },
    capabilities: {
      presence: 'required',
      kind: {
        fields: {
          streaming: setFlag,
          pushNotifications: setFlag,
          extensions: { presence: 'plain', many: 'list', kind: extension },
          extendedAgentCard: setFlag,
        },
      },
    },
    securitySchemes: { presence: 'plain', many: 'map', kind: securityScheme },
    securityRequirements,
    defaultInputModes: neededTexts,
    defaultOutputModes: neededTexts,
    skills: {
      presence: 'required',
      many: 'list',
      kind: {
        fields: {
          id: neededText,
          name: neededText,
          description: neededText,
          tags: neededTexts,
          examples: texts,
          inputModes: texts,
          outputModes: texts,
          securityRequirements,
        },
      },
    },
    iconUrl: { presence: 'optional', kind: 'text' },
  },
}

/**
 * The card as section 8.4.1 has it signed; `signatures` is passed over.
 *
 * @param needsAll  whether what is REQUIRED has to be there. Some SDKs serve cards without what is
 *   empty, so whoever reads a card does not ask for it.
 * @throws {AgentCardError} `card/malformed`, `card/field-unknown`.
 */
export function signedForm(card: JsonObject, needsAll: boolean): JsonObject {
  const { signatures: _, ...rest } = card
  return messageForm(rest, CARD, '', needsAll)
}

/** The same as the SDKs have it signed: without what is empty, at any depth. */
export function leanForm(form: JsonObject): JsonObject {
  const lean = withoutEmpty(form)
  return isJsonObject(lean) ? lean : {}
}

/** Where the second form lacks something of the first; at most `limit` places. */
export function leftOut(form: JsonObject, lean: JsonObject, limit: number): readonly string[] {
  const found: string[] = []
  collectLeftOut(form, lean, '', found)
  return found.slice(0, limit)
}

function messageForm(
  value: unknown,
  { fields, isUnion }: Message,
  path: string,
  needsAll: boolean,
): JsonObject {
  if (!isJsonObject(value)) throw new AgentCardError({ code: 'card/malformed', path })
  const form: [string, unknown][] = []
  for (const [name, given] of Object.entries(value)) {
    const at = placeOf(path, name)
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined) throw new AgentCardError({ code: 'card/field-unknown', path: at })
    // ProtoJSON: null is how a field that is not set may be written.
    if (given === null) continue
    const kept = fieldForm(given, field, at, needsAll)
    if (field.presence === 'plain' && isDefault(kept)) continue
    form.push([name, kept])
  }
  const names = new Set(form.map(([name]) => name))
  if (isUnion === true && names.size !== 1)
    throw new AgentCardError({ code: 'card/malformed', path })
  for (const [name, { presence }] of Object.entries(fields)) {
    if (needsAll && presence === 'required' && !names.has(name)) {
      throw new AgentCardError({ code: 'card/malformed', path: placeOf(path, name) })
    }
  }
  return Object.fromEntries(form)
}

function fieldForm(value: unknown, field: Field, path: string, needsAll: boolean): unknown {
  const { kind, many } = field
  const each = (inner: unknown, at: string): unknown => valueForm(inner, kind, at, needsAll)
  if (many === undefined) return each(value, path)
  if (many === 'list') {
    if (!Array.isArray(value)) throw new AgentCardError({ code: 'card/malformed', path })
    return value.map((inner, at) => each(inner, placeOf(path, String(at))))
  }
  if (!isJsonObject(value)) throw new AgentCardError({ code: 'card/malformed', path })
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, each(inner, placeOf(path, name))]),
  )
}

function valueForm(value: unknown, kind: Field['kind'], path: string, needsAll: boolean): unknown {
  if (typeof kind === 'object') return messageForm(value, kind, path, needsAll)
  const fits = {
    text: typeof value === 'string',
    flag: typeof value === 'boolean',
    object: isJsonObject(value) && isShallow(value, CARD_DEPTH_LIMIT),
  }
  if (!fits[kind]) throw new AgentCardError({ code: 'card/malformed', path })
  return value
}

/** The default of a field that is no message: empty text, false, an empty list or map. */
function isDefault(value: unknown): boolean {
  return value === '' || value === false || isEmpty(value)
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

/** Whether a value nests at most so many levels of lists and objects. */
export function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1))
}

/** `undefined` for what is empty, or has nothing in it that is not. */
function withoutEmpty(value: unknown): unknown {
  if (value === '' || value === null) return undefined
  if (Array.isArray(value)) {
    const kept = value.map(withoutEmpty).filter((inner) => inner !== undefined)
    return kept.length > 0 ? kept : undefined
  }
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const lean = withoutEmpty(inner)
    return lean === undefined ? [] : [[name, lean] as const]
  })
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

function collectLeftOut(form: unknown, lean: unknown, path: string, found: string[]): void {
  if (Array.isArray(form) && Array.isArray(lean) && form.length === lean.length) {
    form.forEach((inner, at) => {
      collectLeftOut(inner, lean[at], placeOf(path, String(at)), found)
    })
  } else if (isJsonObject(form) && isJsonObject(lean)) {
    for (const [name, inner] of Object.entries(form)) {
      collectLeftOut(inner, lean[name], placeOf(path, name), found)
    }
  } else if (lean === undefined || typeof form === 'object') found.push(path)
}

function placeOf(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
