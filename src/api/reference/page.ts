/**
 * The OpenAPI document as one page of HTML: no script, no frame, nothing from outside. It is made from the
 * document that `/v1/openapi.json` serves, when it is first asked for, so the two cannot differ. Pure.
 */
import { z } from 'zod'
import { escaped, rowsOf, Schema, typeOf, type Row } from './schema-rows.ts'
import { REFERENCE_STYLE_PATH } from './targets.ts'

const Content = z.record(
  z.string(),
  z.object({ schema: Schema.optional(), example: z.unknown().optional() }),
)
const Parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string().optional(),
  schema: Schema,
  example: z.unknown().optional(),
})
const Operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(Parameter).default([]),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.object({ '200': z.object({ content: Content }) }),
})
const Document = z.object({
  info: z.object({ version: z.string(), summary: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
})

interface Entry {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly operation: z.infer<typeof Operation>
}

/** @throws {z.ZodError} when it is no document as {@link openApiDocument} makes it. */
export function referenceHtml(document: unknown): string {
  const { info, paths, components } = Document.parse(document)
  const entries = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Entry => {
      return { id: operation.operationId, method: method.toUpperCase(), path, operation }
    }),
  )
  const tags = [...new Set(entries.flatMap(({ operation }) => operation.tags))].toSorted()
  const groups = tags.map((tag) => ({
    tag,
    own: entries.filter(({ operation }) => operation.tags.includes(tag)),
  }))
  // Answers stand with their operations; the shapes that these have in common stand at the end.
  const answers = new Set(entries.map(({ operation }) => answerOf(operation)))
  const shapes = Object.entries(components.schemas).filter(([name]) => !answers.has(name))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>HTTP API of aip-node ${escaped(info.version)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${REFERENCE_STYLE_PATH}">
</head>
<body>
<a class="skip" href="#main">Skip to the reference</a>
<div class="shell">
<header>
<p class="brand"><a href="/ui/">aip-node</a> ${escaped(info.version)}</p>
<nav aria-label="Operations">
${groups.map(({ tag, own }) => navigation(tag, own)).join('\n')}
<p><a href="#shapes">Shapes</a></p>
</nav>
</header>
<main id="main" tabindex="-1">
<h1>HTTP API</h1>
<p>${escaped(info.summary)} ${escaped(info.description)}</p>
<p>On the socket no token is needed. On the port it is the header <code>Authorization: Bearer</code> with the text of <code>run/token</code>, or with a token that
<code>aip-node token create</code> made. The same for programs: <a href="/v1/openapi.json">/v1/openapi.json</a>.</p>
${groups.map(({ tag, own }) => section(tag, own, components.schemas)).join('\n')}
<section aria-labelledby="shapes">
<h2 id="shapes">Shapes</h2>
${shapes.map(([name, schema]) => shape(name, schema)).join('\n')}
</section>
</main>
</div>
</body>
</html>
`
}

function navigation(tag: string, entries: readonly Entry[]): string {
  const items = entries.map(
    ({ id, method, path }) =>
      `<li><a href="#${escaped(id)}"><span class="method">${method}</span> ${breakable(path)}</a></li>`,
  )
  return `<details><summary>${escaped(tag)}</summary>\n<ul>\n${items.join('\n')}\n</ul></details>`
}

type Schemas = Readonly<Record<string, Schema>>

function section(tag: string, entries: readonly Entry[], schemas: Schemas): string {
  return `<section aria-labelledby="tag-${escaped(tag)}">
<h2 id="tag-${escaped(tag)}">${escaped(tag)}</h2>
${entries.map((entry) => article(entry, schemas)).join('\n')}
</section>`
}

function article(entry: Entry, schemas: Schemas): string {
  const { id, method, path, operation } = entry
  const { summary, description, responses } = operation
  const answer = answerOf(operation)
  const [type = ''] = Object.keys(responses['200'].content)
  const schema = answer === undefined ? undefined : schemas[answer]
  const rows = schema === undefined ? [] : rowsOf(schema)
  return `<article id="${escaped(id)}" aria-labelledby="title-${escaped(id)}">
<h3 id="title-${escaped(id)}"><span class="method">${method}</span> <code>${breakable(path)}</code> <a class="anchor" href="#${escaped(id)}"><span>Link to ${escaped(id)}</span></a></h3>
<p>${escaped(summary)}</p>
<p class="muted">${escaped(description)} In the client and for <code>aip-node api</code> it is <code>${escaped(id)}</code>.</p>
${table('What it takes', inputsOf(operation))}
<pre tabindex="0" aria-label="An example on the socket"><code>${escaped(curlOf(entry))}</code></pre>
<details><summary>What it answers: <code>${escaped(type)}</code></summary>
${table('Fields of the answer', rows)}${rows.length > 0 || schema === undefined ? '' : `<p>${typeOf(schema)}</p>`}
</details>
</article>`
}

function shape(name: string, schema: Schema): string {
  const rows = rowsOf(schema)
  return `<article id="schema-${escaped(name)}">
<h3><code>${escaped(name)}</code></h3>
${schema.description === undefined ? '' : `<p>${escaped(schema.description)}</p>`}
${rows.length === 0 ? `<p>${typeOf(schema)}</p>` : table(`Fields of ${name}`, rows)}
</article>`
}

/** The name of the schema that an operation answers with; none where it answers with bytes. */
function answerOf({ responses }: Entry['operation']): string | undefined {
  const [content] = Object.values(responses['200'].content)
  return content?.schema?.$ref?.split('/').at(-1)
}

function inputsOf({ parameters, requestBody }: Entry['operation']): readonly Row[] {
  const named = parameters.map(({ name, in: place, required, description, schema }): Row => {
    const what = description ?? schema.description
    return { name, place, required, schema: { ...schema, description: what } }
  })
  const body = requestBody?.content['application/json']?.schema
  const inBody = body === undefined ? [] : rowsOf(body).map((row) => ({ ...row, place: 'body' }))
  return [...named, ...inBody]
}

function table(caption: string, rows: readonly Row[]): string {
  if (rows.length === 0) return ''
  const hasPlace = rows.some(({ place }) => place !== undefined)
  const lines = rows.map(({ name, place, required, schema }) => {
    const fallback =
      schema.default === undefined
        ? ''
        : ` Default <code>${escaped(JSON.stringify(schema.default))}</code>.`
    const cells = [
      `<th scope="row"><code>${breakable(name)}</code>${required ? '' : ' <span class="muted">optional</span>'}</th>`,
      ...(hasPlace ? [`<td>${escaped(place ?? '')}</td>`] : []),
      `<td>${typeOf(schema)}</td>`,
      `<td>${escaped(schema.description ?? '')}${fallback}</td>`,
    ]
    return `<tr>${cells.join('')}</tr>`
  })
  return `<div class="wide" tabindex="0" role="group" aria-label="${escaped(caption)}"><table>
<thead><tr><th scope="col">Name</th>${hasPlace ? '<th scope="col">In</th>' : ''}<th scope="col">Type</th><th scope="col">What</th></tr></thead>
<tbody>
${lines.join('\n')}
</tbody></table></div>`
}

/** A request with the examples of the contract, as somebody would type it. */
function curlOf({ method, path, operation }: Entry): string {
  const { parameters, requestBody } = operation
  const given = parameters.filter(({ example, in: place }) => {
    return place !== 'header' && example !== undefined
  })
  const filled = given
    .filter(({ in: place }) => place === 'path')
    .reduce((text, { name, example }) => text.replace(`{${name}}`, valueOf(example)), path)
  const query = given
    .filter(({ in: place }) => place === 'query')
    .map(({ name, example }) => `${name}=${valueOf(example)}`)
    .join('&')
  const words = ['curl --unix-socket "$AIP_NODE_HOME/run/aip-node.sock"']
  if (method !== 'GET') words.push(`-X ${method}`)
  const json = requestBody?.content['application/json']
  if (json !== undefined) {
    words.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(json.example))}`)
  } else if (requestBody !== undefined) {
    words.push("-H 'Content-Type: application/octet-stream' --data-binary @FILE")
  }
  words.push(quoted(`http://localhost${filled}${query === '' ? '' : `?${query}`}`))
  return words.join(' \\\n  ')
}

function valueOf(example: unknown): string {
  const values = Array.isArray(example) ? example : [example]
  return values.map((value) => encodeURIComponent(String(value)).replaceAll('%3A', ':')).join(',')
}

/** One word for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** With places where a narrow column may break the line. */
function breakable(text: string): string {
  return escaped(text).replaceAll(/[/.]/g, '$&<wbr>')
}
