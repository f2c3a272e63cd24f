/**
 * `/docs`: what can be asked, for people. Read without a token, as the contract itself is, and behind the
 * policy of the dashboard's pages.
 */
import type { FastifyInstance } from 'fastify'
import { pageFile, sendPage, type PageFile } from '../pages.ts'
import { VERSION } from '../version.ts'
import { REFERENCE_PATH, REFERENCE_STYLE_PATH } from './targets.ts'

/** The page is made when it is first asked for, and kept. */
export function addReference(app: FastifyInstance): void {
  let page: Promise<PageFile> | undefined
  app.get(REFERENCE_PATH, async (request, reply) => {
    page ??= madePage()
    return sendPage(request, reply, await page)
  })
  let style: Promise<PageFile> | undefined
  app.get(REFERENCE_STYLE_PATH, async (request, reply) => {
    style ??= madeStyle()
    return sendPage(request, reply, await style)
  })
}

async function madePage(): Promise<PageFile> {
  const { openApiDocument } = await import('../openapi.ts')
  const { referenceHtml } = await import('./page.ts')
  return pageFile('.html', Buffer.from(referenceHtml(openApiDocument(VERSION))))
}

async function madeStyle(): Promise<PageFile> {
  const { REFERENCE_STYLE } = await import('./style.ts')
  return pageFile('.css', Buffer.from(REFERENCE_STYLE))
}
