/**
 * The dashboard's files at `/ui/`: read once, held in memory, and served without a token, for a
 * browser that opens a page cannot send one. They hold nothing of this node; what the pages show they
 * ask for as any client does, with a token.
 */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Where the pages are. */
export const PAGES_PATH = '/ui/'

/** More than this is no build of ours. */
const FILE_LIMIT_COUNT = 200
const FILE_LIMIT_BYTES = 4_194_304

const INDEX = 'index.html'
const HASHED = /^assets\/.+-[\w-]{8}\.\w+$/
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
}

/** Only files of this node, no script in the markup, no frame, no form that leaves, no foreign host. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

export interface PageFile {
  readonly type: string
  readonly body: Buffer
  readonly packed: Buffer
  readonly isHashed: boolean
}

/** Whether a target is one of the pages, which are read without a token. */
export function isPageTarget(target: string): boolean {
  return target === '/' || target === '/ui' || target.startsWith(PAGES_PATH)
}

/** The pages in `directory`, for a server to mount; `undefined` when none were built there. */
export async function pagesIn(
  directory: string,
): Promise<((app: FastifyInstance) => Promise<void>) | undefined> {
  const files = await readFiles(directory)
  const index = files.get(INDEX)
  if (index === undefined) return undefined
  const plugin = async (app: FastifyInstance): Promise<void> => {
    const toPages = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      await reply.redirect(PAGES_PATH)
    }
    app.get('/', toPages)
    app.get('/ui', toPages)
    app.get<{ Params: { '*': string } }>(`${PAGES_PATH}*`, async (request, reply) => {
      const name = request.params['*']
      const file = files.get(name)
      if (file !== undefined) return sendPage(request, reply, file)
      // A page's own address is none of a file: the one document shows it.
      if (extname(name) === '' || name.startsWith('agents/')) return sendPage(request, reply, index)
      return reply.callNotFound()
    })
  }
  return plugin
}

/** @param extension  one of {@link TYPES}: `.html`. @throws {RangeError} when it is another. */
export function pageFile(extension: string, body: Buffer, isHashed = false): PageFile {
  const type = TYPES[extension]
  if (type === undefined) throw new RangeError(`no page ends with "${extension}"`)
  return { type, body, packed: gzipSync(body), isHashed }
}

/** Under the policy of pages, packed where the browser takes that. */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  file: PageFile,
): FastifyReply {
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  const body = takesGzip ? file.packed : file.body
  if (takesGzip) void reply.header('content-encoding', 'gzip')
  return reply
    .headers({
      'content-security-policy': PAGE_POLICY,
      vary: 'accept-encoding',
      // The name of a hashed file changes with its content.
      'cache-control': file.isHashed ? 'private, max-age=31536000, immutable' : 'no-cache',
    })
    .type(file.type)
    .send(body)
}

async function readFiles(directory: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>()
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries.slice(0, FILE_LIMIT_COUNT)) {
    const extension = extname(entry.name)
    if (!entry.isFile() || TYPES[extension] === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const body = await readFile(path)
    if (body.length > FILE_LIMIT_BYTES) continue
    const name = relative(directory, path).split(sep).join('/')
    files.set(name, pageFile(extension, body, HASHED.test(name)))
  }
  return files
}
