/**
 * How soon a page of the dashboard can be used, and how soon a graph is drawn, in a real Chromium.
 *
 *     npm run bench:pages -- [--agents N] [--records N] [--large N] [--rounds N] [--json]
 *
 * Two node processes on stores of signed records, one with as many agents as a page must bear, one with
 * enough for the largest graph. Each visit is a browser context of its own with an empty cache; a page
 * can be used when it shows what it is for and nothing on it is loading. Beside it, in the same run, the
 * time that the same browser takes to show the node's shortest answer: the floor of any page.
 * Times count from the navigation; a drawing counts from the node's answer, and from the press of the
 * button too. Reduced motion is off, so the layout of the large view runs as it does for most readers.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { MINUTE_MS, SECOND_MS } from '../../src/base/units.ts'
import { launchBrowser } from '../../test/support/browser.ts'
import { buildPackage, type BuiltPackage } from './parts/built-package.ts'
import { median, rounded, surroundings, surroundingsText, tableText } from './parts/figures.ts'
import { makeFullStore, type FullStore } from './parts/full-store.ts'
import { runBench, type BenchOptions } from './parts/options.ts'
import { RunningNode } from './parts/running-node.ts'

const INTERACTIVE_WANTED_MS = 1_000
const RINGS_WANTED_MS = 300
const LARGE_WANTED_MS = 500

const OPTIONS = {
  agents: { least: 400, most: 100_000, fallback: 1_000, meaning: 'agents that the node knows' },
  records: { least: 1_000, most: 1_000_000, fallback: 10_000, meaning: 'records that it holds' },
  large: { least: 2_100, most: 10_000, fallback: 3_000, meaning: 'agents for the large view' },
  rounds: { least: 1, most: 50, fallback: 7, meaning: 'visits of each page' },
}

const LIMIT_MS = 5 * MINUTE_MS
const SEEN_LIMIT_MS = 30 * SECOND_MS
/** Records of each agent that make the large graph as dense as people's graphs are: some three edges each. */
const LARGE_RECORDS_PER_AGENT = 12

interface Figures {
  readonly name: string
  readonly ms: number
  readonly worstMs: number
}

async function main({ counts, json }: BenchOptions<keyof typeof OPTIONS>): Promise<void> {
  const where = surroundings()
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'aip-bench-pages-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  const built = await buildPackage(directory)
  const store = await makeFullStore(join(directory, 'usual'), counts)
  const crowd = await makeFullStore(join(directory, 'large'), {
    agents: counts.large,
    records: counts.large * LARGE_RECORDS_PER_AGENT,
  })
  const browser = await launchBrowser()
  stack.defer(async () => browser.close())

  const [floor, pages, rings] = await withNode(built, store, async (node) => [
    await visits(browser, node, counts.rounds, '/livez', SHOWN_AT_ALL),
    await eachPage(browser, node, store, counts.rounds),
    await drawings(browser, node, counts.rounds, 'rings'),
  ])
  const large = await withNode(built, crowd, async (node) =>
    drawings(browser, node, counts.rounds, 'all'),
  )
  const slowest = Math.max(...pages.map(({ ms }) => ms))
  const result = {
    floorMs: rounded(floor.ms),
    pages: pages.map(({ name, ms, worstMs }) => ({
      name,
      ms: rounded(ms),
      worstMs: rounded(worstMs),
      ofFloor: rounded(ms / floor.ms),
    })),
    interactiveMs: rounded(slowest),
    interactiveWantedMs: INTERACTIVE_WANTED_MS,
    rings,
    ringsWantedMs: RINGS_WANTED_MS,
    large,
    largeWantedMs: LARGE_WANTED_MS,
  }
  if (json) console.log(JSON.stringify({ bench: 'pages', on: where, ...result }))
  else console.log(reportText(result, surroundingsText(where)))
}

async function withNode<T>(
  built: BuiltPackage,
  store: FullStore,
  work: (node: RunningNode) => Promise<T>,
): Promise<T> {
  await using node = await RunningNode.start(built, store, LIMIT_MS)
  await node.whenRead(LIMIT_MS)
  return await work(node)
}

const SHOWN_AT_ALL = 'document.body !== null'
const USABLE = `document.querySelector('main h1') !== null && document.querySelector('main .skeleton') === null && document.querySelector('main :is(table, .card, svg)') !== null`

async function eachPage(
  browser: Browser,
  node: RunningNode,
  { friend }: FullStore,
  rounds: number,
): Promise<Figures[]> {
  const paths = [
    ['Overview', '/ui/'],
    ['Agents', '/ui/agents'],
    ['an agent', `/ui/agents/${friend}`],
    ['Graph', '/ui/graph'],
    ['Compare', `/ui/path?to=${friend}`],
    ['Records', '/ui/records'],
    ['Network', '/ui/network'],
    ['Health', '/ui/health'],
  ] as const
  const found: Figures[] = []
  for (const [name, path] of paths) {
    found.push({ ...(await visits(browser, node, rounds, path, USABLE)), name })
  }
  return found
}

/**
 * Milliseconds from the navigation to the first frame after `condition` holds.
 *
 * @param condition  an expression in the page
 */
async function visits(
  browser: Browser,
  node: RunningNode,
  rounds: number,
  path: string,
  condition: string,
): Promise<Figures> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await watchFor(page, condition)
    const link = await node.uiLink()
    await page.goto(new URL(path, link).href + new URL(link).hash)
    times.push(await seenAt(page))
    await context.close()
  }
  return { name: path, ms: median(times), worstMs: Math.max(...times) }
}

interface Drawn {
  readonly agents: number
  readonly edges: number
  /** From the answer of the node to the frame that shows it; median and worst. */
  readonly drawMs: number
  readonly worstDrawMs: number
  /** From the press of the button to that frame: the asking and the answer too. */
  readonly pressedMs: number
}

const DRAWN = {
  rings: `document.querySelectorAll('svg.rings [role=treeitem]').length > 1`,
  all: `document.querySelector('.large-graph[aria-busy=false] canvas') !== null`,
} as const

const BUTTONS = { rings: 'Rings', all: 'Everything' } as const

/** By a press, from the view that has the same agents as a table. */
async function drawings(
  browser: Browser,
  node: RunningNode,
  rounds: number,
  view: keyof typeof DRAWN,
): Promise<Drawn> {
  const draws: number[] = []
  const presses: number[] = []
  let found = { agents: 0, edges: 0 }
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await watchFor(page, DRAWN[view])
    const link = await node.uiLink()
    const from = '/ui/graph?view=table&depth=6'
    await page.goto(new URL(from, link).href + new URL(link).hash)
    await page.locator('main :is(table, .card)').first().waitFor()
    await page.locator('main .skeleton').first().waitFor({ state: 'detached' })
    const button = page.getByRole('button', { name: BUTTONS[view] })
    await button.waitFor()
    await page.evaluate(`globalThis.pressedAt = performance.now()`)
    await button.click()
    const at = await seenAt(page)
    const [pressedAt, answeredAt] = await page.evaluate<[number, number]>(
      `[globalThis.pressedAt, Math.max(...performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v1/graph')).map(({ responseEnd }) => responseEnd))]`,
    )
    presses.push(at - pressedAt)
    draws.push(at - Math.max(answeredAt, pressedAt))
    const said = await page.getByText(/agents?, .* edges?\./).innerText()
    const [agents = 0, edges = 0] = [...said.matchAll(/\d[\d,]*/g)].map(([number]) =>
      Number(number.replaceAll(',', '')),
    )
    found = { agents, edges }
    await context.close()
  }
  return {
    ...found,
    drawMs: rounded(median(draws)),
    worstDrawMs: rounded(Math.max(...draws)),
    pressedMs: rounded(median(presses)),
  }
}

/** Makes WebGL finish what it was told to draw: to read a pixel waits for it. */
const FINISHED = `for (const canvas of document.querySelectorAll('.large-graph canvas')) {
  const gl = canvas.getContext('webgl2')
  gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
}`

/** Promises in the page the time of the first frame that shows that a condition holds. */
async function watchFor(page: Page, condition: string): Promise<void> {
  await page.addInitScript(`
    globalThis.whenSeen = new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error('the page never showed it')), ${SEEN_LIMIT_MS})
      const look = () => {
        if (!(${condition})) return requestAnimationFrame(look)
        requestAnimationFrame(() => setTimeout(() => { ${FINISHED}; resolve(performance.now()) }, 0))
      }
      requestAnimationFrame(look)
    })`)
}

async function seenAt(page: Page): Promise<number> {
  return page.evaluate<number>('globalThis.whenSeen')
}

function reportText(
  result: {
    readonly floorMs: number
    readonly pages: readonly (Figures & { readonly ofFloor: number })[]
    readonly interactiveMs: number
    readonly rings: Drawn
    readonly large: Drawn
  },
  where: string,
): string {
  const drawn = (name: string, { agents, edges, ...times }: Drawn, wanted: number) =>
    `${name}, ${agents} agents and ${edges} edges: drawn ${times.drawMs} ms after the answer (worst ${times.worstDrawMs}; wanted: at most ${wanted}), ${times.pressedMs} ms after the press`
  return [
    where,
    '',
    tableText([
      ['page', 'usable after ms', 'worst', 'of the floor'],
      ['the shortest answer (floor)', result.floorMs, '', 1],
      ...result.pages.map(({ name, ms, worstMs, ofFloor }) => [name, ms, worstMs, ofFloor]),
    ]),
    '',
    `the slowest page can be used after ${result.interactiveMs} ms (wanted: at most ${INTERACTIVE_WANTED_MS})`,
    drawn('the rings', result.rings, RINGS_WANTED_MS),
    drawn('the large view', result.large, LARGE_WANTED_MS),
  ].join('\n')
}

await runBench(OPTIONS, main)
