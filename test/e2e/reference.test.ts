import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { startNode } from '../support/nodes.ts'
import { serveNode, type ServedNode } from '../support/seeded-mesh.ts'

const stack = new AsyncDisposableStack()
let browser: Browser
let node: ServedNode

beforeAll(async () => {
  browser = await launchBrowser()
  stack.defer(async () => browser.close())
  node = await serveNode(stack, stack.use(await startNode()))
})
afterAll(async () => stack.disposeAsync())

interface Visit extends AsyncDisposable {
  readonly page: Page
  readonly faults: readonly string[]
  /** Every address that was asked for. */
  readonly asked: readonly string[]
}

async function visit(path: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const faults: string[] = []
  const asked: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${node.url}${path}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return { page, faults, asked, [Symbol.asyncDispose]: async () => context.close() }
}

test('the reference is open to everybody', async () => {
  await using visited = await visit('/docs')
  // Contrast is measured on one operation in each look, below: the page has thousands of cells alike.
  const { violations } = await new AxeBuilder({ page: visited.page })
    .disableRules('color-contrast')
    .analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
})

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 320],
] as const)(
  'in %s at %i px all of it can be seen, and nothing comes from outside',
  async (colorScheme, width) => {
    await using visited = await visit('/docs')
    const { page, faults, asked } = visited
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    await page.locator('#createObservation summary').click()
    const { violations } = await new AxeBuilder({ page })
      .include('header')
      .include('#createObservation')
      .analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
    const radius = 'getComputedStyle(document.querySelector("article")).borderRadius'
    expect(await page.evaluate(radius)).toBe('8px')
    expect(faults).toEqual([])
    expect(asked.toSorted()).toEqual([`${node.url}/docs`, `${node.url}/docs/style.css`])
  },
)

test('by keyboard: over the skip link to the text, and by the list to an operation', async () => {
  await using visited = await visit('/docs')
  const { page } = visited
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe('main')

  const group = page.locator('nav details', { hasText: 'observations' })
  await group.locator('summary').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.url()).toBe(`${node.url}/docs#createObservation`)
  expect(await page.locator('article:target h3').innerText()).toContain('/v1/observations')
})

test('Health leads there', async () => {
  await using visited = await visit(`/ui/health#k=${node.tokens.createCode().code}`)
  const { page, faults } = visited
  await page.getByRole('link', { name: 'HTTP API' }).click()
  await page.getByRole('heading', { level: 1, name: 'HTTP API' }).waitFor()
  expect(page.url()).toBe(`${node.url}/docs`)
  expect(faults).toEqual([])
})
