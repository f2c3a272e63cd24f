/**
 * The pictures of the README and the docs, taken from the pages as they are now. A picture that no longer
 * looks like its page fails; UPDATE_SCREENSHOTS=1 takes them anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { pictureMesh, type PicturedMesh } from '../support/pictured-mesh.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const IMAGES = join(ROOT, 'docs', 'images')
const IS_UPDATE = process.env['UPDATE_SCREENSHOTS'] === '1'

/** Cells of the grid in which two pictures are compared: letters and hours vanish in it, blocks do not. */
const GRID = { width: 64, height: 40 }
/** Mean difference of brightness, of 255, up to which two pictures are of the same page. */
const DIFFERENCE_LIMIT = 6

const stack = new AsyncDisposableStack()
let browser: Browser
let mesh: PicturedMesh

beforeAll(async () => {
  browser = await launchBrowser()
  stack.defer(async () => browser.close())
  mesh = await pictureMesh(stack)
})
afterAll(async () => stack.disposeAsync())

interface Picture {
  readonly file: string
  readonly path: () => string
  /** A text that is there once the page is. */
  readonly shows: string
  readonly prepare?: (page: Page) => Promise<void>
}

const PICTURES: readonly Picture[] = [
  { file: 'overview.png', path: () => '/', shows: 'Identity' },
  { file: 'agents.png', path: () => '/agents', shows: 'nora' },
  { file: 'agent.png', path: () => `/agents/${mesh.nora}`, shows: 'Where the score comes from' },
  { file: 'graph.png', path: () => '/graph', shows: '25 agents' },
  {
    file: 'compare.png',
    path: () => `/path?to=${mesh.nora}`,
    shows: 'What if one of your friends',
  },
  {
    file: 'lab.png',
    path: () => '/lab',
    shows: 'Nothing played yet.',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Play' }).click()
      await page.getByRole('img', { name: /^goldie under attack/ }).waitFor()
    },
  },
]

async function pictureOf({ path, shows, prepare }: Picture): Promise<Buffer> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    colorScheme: 'light',
    timezoneId: 'UTC',
  })
  try {
    const page = await context.newPage()
    const { code } = mesh.me.tokens.createCode()
    await page.goto(`${mesh.me.url}/ui${path()}#k=${code}`)
    await page.getByText(shows).first().waitFor()
    await prepare?.(page)
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    return await page.screenshot()
  } finally {
    await context.close()
  }
}

/** Runs in the page: both pictures made as small as the grid, cell against cell. */
const COMPARE = `async (images) => {
  const cells = []
  for (const image of images) {
    const bytes = Uint8Array.from(atob(image), (char) => char.charCodeAt(0))
    const size = { resizeWidth: ${GRID.width}, resizeHeight: ${GRID.height}, resizeQuality: 'high' }
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), size)
    const context = new OffscreenCanvas(${GRID.width}, ${GRID.height}).getContext('2d')
    context.drawImage(bitmap, 0, 0)
    const { data } = context.getImageData(0, 0, ${GRID.width}, ${GRID.height})
    cells.push(Array.from({ length: data.length / 4 }, (_, at) =>
      (data[4 * at] + data[4 * at + 1] + data[4 * at + 2]) / 3))
  }
  const [left, right] = cells
  return left.reduce((sum, cell, at) => sum + Math.abs(cell - right[at]), 0) / left.length
}`

/** Mean difference of brightness of two PNG files over a coarse grid, 0 to 255. */
async function difference(one: Buffer, other: Buffer): Promise<number> {
  const page = await browser.newPage()
  try {
    const images = [one, other].map((bytes) => bytes.toString('base64'))
    return await page.evaluate<number>(`(${COMPARE})(${JSON.stringify(images)})`)
  } finally {
    await page.close()
  }
}

describe('the pictures in the docs', () => {
  test.each(PICTURES)('$file is what the page looks like', async (picture) => {
    const file = join(IMAGES, picture.file)
    const now = await pictureOf(picture)
    if (IS_UPDATE) {
      mkdirSync(IMAGES, { recursive: true })
      writeFileSync(file, now)
    }
    expect(existsSync(file), 'UPDATE_SCREENSHOTS=1 takes it').toBe(true)
    expect(await difference(readFileSync(file), now)).toBeLessThan(DIFFERENCE_LIMIT)
  })

  test('are told from each other', async () => {
    const [overview, agents] = ['overview.png', 'agents.png'].map((file) =>
      readFileSync(join(IMAGES, file)),
    )
    if (overview === undefined || agents === undefined) throw new Error('two pictures')
    expect(await difference(overview, agents)).toBeGreaterThan(DIFFERENCE_LIMIT)
  })

  test('stand in the README or the docs, each of them', () => {
    const pages = ['README.md', 'docs/dashboard.md', 'docs/attacks.md']
      .map((page) => readFileSync(join(ROOT, page), 'utf8'))
      .join('\n')
    for (const { file } of PICTURES) expect(pages).toContain(`images/${file})`)
  })
})
