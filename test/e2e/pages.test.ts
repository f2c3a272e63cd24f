import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { startNode } from '../support/nodes.ts'
import { seedMesh, serveNode, type SeededMesh, type ServedNode } from '../support/seeded-mesh.ts'
import { hostileNames } from '../support/hostile-names.ts'

const stack = new AsyncDisposableStack()
let browser: Browser
let mesh: SeededMesh

beforeAll(async () => {
  browser = await launchBrowser()
  stack.defer(async () => browser.close())
  mesh = await seedMesh(stack)
})
afterAll(async () => stack.disposeAsync())

interface Visit extends AsyncDisposable {
  readonly page: Page
  /** What the page said to its console as an error, or threw. */
  readonly faults: string[]
}

/** A visit by a link that is good once, as `aip-node ui` makes it. */
async function visit(
  path: string,
  options: Parameters<Browser['newContext']>[0] = {},
  node: ServedNode = mesh.alice,
): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  const { code } = node.tokens.createCode()
  await page.goto(`${node.url}/ui${path}#k=${code}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return { page, faults, [Symbol.asyncDispose]: async () => context.close() }
}

/** What has the focus, by its label or its text. */
const FOCUSED = `document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''`

/** What is there once nothing is loading any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
}

const PAGES: readonly (readonly [path: () => string, heading: string | RegExp, shows: string])[] = [
  [() => '/', 'Overview', 'Level with others'],
  [() => '/agents', 'Agents', 'bob'],
  [() => `/agents/${mesh.dan}`, /^did:aip:/, 'Where the score comes from'],
  [() => '/graph', 'Graph', '3 agents, 4 edges.'],
  [() => '/graph?view=table', 'Graph', 'Score of the vouched'],
  [() => `/path?to=${mesh.dan}`, 'Compare', 'What if one of your friends is wrong?'],
  [() => '/records', 'Records', 'bafyrei'],
  [() => '/network', 'Network', '3 peers connected of 3'],
  [() => '/events', 'Events', 'Nothing has happened'],
  [() => '/health', 'Health', 'Doctor'],
  [() => '/lab', 'Attack lab', 'Nothing played yet.'],
]

describe('each page', () => {
  test.each(PAGES.map(([path, heading, shows], at) => [at, heading, shows, path] as const))(
    '%d (%s) shows what it is for, and is open to everybody in light, dark and at 320 px',
    async (_at, heading, shows, path) => {
      await using visited = await visit(path())
      const { page, faults } = visited
      await page.getByText(shows).first().waitFor()
      await settled(page)
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(heading)
      const looks = [
        async () => {
          await page.emulateMedia({ colorScheme: 'light' })
          return new AxeBuilder({ page })
        },
        async () => {
          // Only colours are others in the dark.
          await page.emulateMedia({ colorScheme: 'dark' })
          return new AxeBuilder({ page }).withRules(['color-contrast'])
        },
        async () => {
          await page.setViewportSize({ width: 320, height: 640 })
          return new AxeBuilder({ page }).disableRules(['color-contrast'])
        },
      ]
      for (const look of looks) {
        const axe = await look()
        const { violations } = await axe.analyze()
        expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
      }
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(overflow).toBe(0)
      expect(faults).toEqual([])
    },
  )
})

/** What each page reads that it cannot do without; the attack lab reads nothing. */
const READS: readonly (readonly [path: () => string, reads: string, shows: string])[] = [
  [() => '/', '**/v1/identity', 'Recoverable'],
  [() => '/agents', '**/v1/agents?**', 'bob'],
  [() => `/agents/${mesh.dan}`, '**/explanation?**', 'Where the score comes from'],
  [() => '/graph', '**/v1/graph?**', '3 agents'],
  [() => `/path?to=${mesh.dan}`, '**/v1/paths?**', 'Standing'],
  [() => '/records', '**/v1/records?**', 'bafyrei'],
  [() => '/network', '**/v1/peers**', '3 peers connected of 3'],
  [() => '/health', '**/v1/doctor**', 'ok'],
]

describe('each page that reads', () => {
  test.each(READS.map(([path, reads, shows], at) => [at, reads, shows, path] as const))(
    '%d says that it reads %s, why it cannot, and shows it when it can',
    async (_at, reads, shows, path) => {
      await using visited = await visit('/lab')
      const { page } = visited
      const held = Promise.withResolvers<void>()
      const problem = { code: 'api/busy', title: 'Busy', detail: 'The node is busy.', status: 503 }
      let isWell = false
      await page.route(reads, async (route) => {
        if (isWell) return route.continue()
        await held.promise
        return route.fulfill({ status: 503, json: problem })
      })
      // Within the page, so that the token stays.
      await page.evaluate(
        `history.pushState(null, '', '/ui${path()}'); dispatchEvent(new PopStateEvent('popstate'))`,
      )
      await page
        .getByRole('status', { name: /^Loading/ })
        .first()
        .waitFor()
      held.resolve()
      const alert = page.getByRole('alert').filter({ hasText: 'The node is busy.' })
      await alert.waitFor()
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
      isWell = true
      await alert.getByRole('button', { name: 'Try again' }).click()
      await page.getByText(shows).first().waitFor()
      await alert.waitFor({ state: 'detached' })
    },
  )
})

describe('what the pages show', () => {
  test('an agent has its last 28 days beside its score, and its components over time', async () => {
    await using visited = await visit('/agents')
    const { page, faults } = visited
    await page
      .getByRole('img', { name: /^promises kept in 28 days/ })
      .first()
      .waitFor()
    await page.goto(
      `${mesh.alice.url}/ui/agents/${mesh.dan}#k=${mesh.alice.tokens.createCode().code}`,
    )
    const chart = page.getByRole('img', { name: /^The components over time/ })
    await chart.waitFor()
    expect(await chart.getAttribute('aria-label')).toMatch(/Calibration \(solid\) 0\.\d\d/)
    expect(faults).toEqual([])
  })

  test('agents come in the order and of the time that the reader chose', async () => {
    await using visited = await visit('/agents')
    const { page, faults } = visited
    const first = page.locator('tbody tr').first()
    await page.getByText('bob').first().waitFor()
    await page.getByRole('button', { name: 'Outcomes' }).click()
    await expect.poll(async () => first.innerText()).toContain(mesh.dan.slice(-4))
    expect(page.url()).toContain('sort=outcomes')
    await page.getByLabel('Seen at work').selectOption('7')
    await expect.poll(async () => page.locator('tbody tr').count()).toBe(1)
    await page.getByRole('link', { name: 'Show all agents' }).waitFor({ state: 'detached' })
    expect(faults).toEqual([])
  })

  test('a way is seen without a vouch or an agent that may be wrong, and from another place', async () => {
    await using visited = await visit(`/path?to=${mesh.dan}`)
    const { page, faults } = visited
    const ways = page.locator('.ways > li')
    await ways.first().waitFor()
    expect(await ways.count()).toBe(2)
    const standing = page.getByText(/^Standing/)
    const before = await standing.innerText()
    await page.getByRole('button', { name: 'What if not for bob?' }).click()
    await expect.poll(async () => ways.count()).toBe(1)
    expect(await standing.innerText()).not.toBe(before)
    expect(page.url()).toContain(`without=${encodeURIComponent(mesh.bob)}`)
    await page
      .getByRole('button', { name: /^What if not for this vouch/ })
      .first()
      .click()
    await page.getByText('Without these no chain of vouches is left.').waitFor()
    for (const left of [1, 0]) {
      await page
        .getByRole('button', { name: /take back into account$/ })
        .first()
        .click()
      await expect
        .poll(async () => page.getByRole('button', { name: /take back into account$/ }).count())
        .toBe(left)
    }
    await expect.poll(async () => standing.innerText()).toBe(before)
    await page.getByLabel('From: you, if nobody is named').fill('bob')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByRole('heading', { name: /^From bob to/ }).waitFor()
    await expect.poll(async () => ways.count()).toBe(1)
    expect(faults).toEqual([])
  })

  test('who is unknown has no number, in the list or on its page', async () => {
    await using visited = await visit('/agents')
    const { page } = visited
    const row = (did: string) =>
      page.getByRole('row').filter({ has: page.locator(`[title="${did}"]`) })
    await row(mesh.bob).locator('.badge.unknown').waitFor()
    expect(await row(mesh.bob).locator('td').nth(1).innerText()).not.toMatch(/\d/)
    await page.goto(
      `${mesh.alice.url}/ui/agents/${mesh.bob}#k=${mesh.alice.tokens.createCode().code}`,
    )
    await page.getByRole('heading', { name: 'Where the score comes from' }).waitFor()
    expect(await page.locator('.figure').first().innerText()).not.toMatch(/\d/)
  })

  test('a peer has what its connection carried', async () => {
    await using visited = await visit('/network')
    const { page } = visited
    await page
      .getByRole('cell', { name: /^[\d.,]+ (?:bytes|KiB|MiB)$/ })
      .first()
      .waitFor()
  })

  test('colours that the reader forced are kept, and nothing is said by colour alone', async () => {
    for (const path of ['/agents', `/agents/${mesh.dan}`, '/graph']) {
      await using visited = await visit(path, { forcedColors: 'active' })
      const { page, faults } = visited
      await settled(page)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
      const body = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      const canvas = await page.evaluate(
        "(() => { const probe = document.createElement('div'); probe.style.backgroundColor = 'Canvas'; document.body.append(probe); const colour = getComputedStyle(probe).backgroundColor; probe.remove(); return colour })()",
      )
      expect(body).toBe(canvas)
      expect(faults).toEqual([])
    }
  })

  test('at 200 % nothing is cut off and no page scrolls sideways', async () => {
    for (const [path] of PAGES) {
      // A window of 1,280 points at twice the size has room for 640.
      await using visited = await visit(path(), {
        viewport: { width: 640, height: 450 },
        deviceScaleFactor: 2,
      })
      const { page } = visited
      await settled(page)
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      expect(overflow, path()).toBe(0)
    }
  })
})

describe('a visit', () => {
  test('takes the code out of the address, and works once', async () => {
    const { code } = mesh.alice.tokens.createCode()
    const link = `${mesh.alice.url}/ui/#k=${code}`
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      await page.goto(link)
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
      expect(page.url()).toBe(`${mesh.alice.url}/ui/`)
      const again = await context.newPage()
      await again.goto(link)
      await again.getByText('This link has been used or has expired.').waitFor()
    } finally {
      await context.close()
    }
  })

  test('finds an agent, reads why, vouches and sees the score change, by keyboard alone', async () => {
    await using visited = await visit('/')
    const { page, faults } = visited
    const press = async (...keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const focusOn = async (name: RegExp | string) => {
      for (let tries = 0; tries < 80; tries++) {
        const label = String(await page.evaluate(FOCUSED))
        if (typeof name === 'string' ? label === name : name.test(label)) return
        await press('Tab')
      }
      throw new Error(`${String(name)} was not reached by Tab`)
    }
    await focusOn('Agents')
    await press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Agents' }).waitFor()
    await page.getByText('bob').first().waitFor()
    await focusOn(mesh.dan)
    await press('Enter')
    const figure = page.locator('.figure')
    await figure.waitFor()
    const before = await figure.innerText()
    await settled(page)
    await focusOn('Vouch…')
    await press('Enter')
    await page.getByRole('heading', { name: /^Vouch for/ }).waitFor()
    await focusOn('Sign and publish')
    await press('Enter')
    await page.getByText('Signed:').waitFor()
    await press('Escape')
    await expect.poll(async () => figure.innerText(), { timeout: 15_000 }).not.toBe(before)
    expect(faults).toEqual([])
    const mine = await mesh.alice.client.listVouches({
      issuer: mesh.alice.did,
      subject: mesh.dan,
    })
    for (const { id } of mine.items) await mesh.alice.client.revokeVouch({ id })
  })

  test('moves through the rings with the arrow keys', async () => {
    await using visited = await visit('/graph')
    const { page } = visited
    const me = page.locator(`[data-did="${mesh.alice.did}"]`)
    await me.focus()
    await page.keyboard.press('ArrowDown')
    const label = async () => String(await page.evaluate(FOCUSED))
    const first = await label()
    expect(first).not.toContain('you,')
    await page.keyboard.press('ArrowRight')
    expect(await label()).not.toBe(first)
    await page.keyboard.press('Enter')
    await page.getByText('Who vouches for it').waitFor()
    await page.keyboard.press('ArrowUp')
    expect(await label()).toContain(mesh.alice.did)
  })

  test('plays an attack, and shows the scores beside those of the reference', async () => {
    await using visited = await visit('/')
    const { page, faults } = visited
    await page.getByRole('link', { name: 'Attack lab' }).click()
    await page.getByRole('button', { name: 'Play' }).click()
    await page.getByText('more puppets give no higher score').waitFor()
    await page.getByRole('img', { name: /^goldie under attack/ }).waitFor()
    expect(await page.getByText('broken', { exact: true }).count()).toBe(0)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
    await page.getByText('The numbers').first().click()
    await page.getByRole('cell', { name: '0.640' }).first().waitFor()
    expect(faults).toEqual([])
  })

  test('draws everybody at once, and takes what changes without beginning anew', async () => {
    await using visited = await visit('/graph?view=all')
    const { page, faults } = visited
    await page.getByRole('img', { name: '4 agents; the table lists them' }).waitFor()
    await page.evaluate("document.querySelector('.large-graph canvas').id = 'first'")
    const shown = await page.locator('.large-graph').screenshot()
    const work = { task: 'review', promised: 10, delivered: 9 } as const
    await mesh.alice.client.createObservation({ subject: mesh.carol, ...work, share: 'public' })
    await expect
      .poll(async () => (await page.locator('.large-graph').screenshot()).equals(shown), {
        timeout: 15_000,
      })
      .toBe(false)
    expect(await page.locator('canvas#first').count()).toBe(1)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((one) => one.id)).toEqual([])
    expect(faults).toEqual([])
  })

  test('draws the same rings again', async () => {
    const shots: Buffer[] = []
    for (let round = 0; round < 2; round++) {
      await using visited = await visit('/graph')
      const rings = visited.page.locator('svg.rings')
      await rings.waitFor()
      await settled(visited.page)
      shots.push(await rings.screenshot())
    }
    expect(shots[0]?.equals(shots[1] ?? Buffer.alloc(0))).toBe(true)
  })

  test('says that the node does not answer, keeps what it shows, and goes on when it does', async () => {
    await using own = new AsyncDisposableStack()
    const node = own.use(await startNode())
    const served = await serveNode(own, node)
    await using visited = await visit('/', {}, served)
    const { page } = visited
    await page.getByText('Identity').first().waitFor()
    await served.close()
    await page.getByText('node does not answer').first().waitFor({ timeout: 20_000 })
    expect(await page.getByRole('heading', { name: 'Identity' }).isVisible()).toBe(true)
  })

  test('of a node that knows nobody says how to begin', async () => {
    await using own = new AsyncDisposableStack()
    const served = await serveNode(own, own.use(await startNode()))
    const empty = [
      ['/', 'Nobody to compare with: no peer is connected.'],
      ['/graph', 'You trust nobody yet.'],
      ['/graph?view=all', 'You trust nobody yet.'],
      ['/path', 'Nobody chosen yet.'],
      [`/path?to=${mesh.dan}`, 'No chain of vouches leads there.'],
      [`/agents/${mesh.dan}`, 'unknown'],
      ['/events', 'Nothing has happened since you opened this page.'],
      ['/records', 'No such record is held here.'],
      ['/network', 'This node knows no other yet.'],
    ] as const
    for (const [path, says] of empty) {
      await using visited = await visit(path, {}, served)
      await visited.page.getByText(says).first().waitFor()
      expect(visited.faults, path).toEqual([])
    }
  })
})

describe('foreign text', () => {
  test(`runs nowhere: ${hostileNames.length} names`, async () => {
    const { client } = mesh.alice
    const dids = hostileNames.map((_, at) => `did:aip:${at.toString(16).padStart(32, '0')}`)
    const kept: string[] = []
    for (const [at, name] of hostileNames.entries()) {
      const did = dids[at] ?? ''
      try {
        await client.putPin({ did, name })
        kept.push(name)
      } catch {
        // The node takes no name with characters that cannot be seen.
      }
    }
    expect(kept.length).toBeGreaterThanOrEqual(100)
    try {
      for (const path of ['/agents', `/agents/${dids[0]}`, '/graph?view=table', '/events']) {
        await using visited = await visit(path)
        const { page, faults } = visited
        await settled(page)
        if (path === '/agents') await page.getByText(kept[0] ?? '', { exact: true }).waitFor()
        const ran = await page.evaluate('globalThis.hostileTextRan')
        expect(ran).toBeUndefined()
        expect(await page.locator('main img, main iframe, main script, main object').count()).toBe(
          0,
        )
        expect(faults).toEqual([])
      }
    } finally {
      for (const did of dids) await client.deletePin({ did })
    }
  })

  test.each([
    ['a foreign Host', { host: 'evil.example' }, 421],
    ['a foreign Origin', { origin: 'https://evil.example' }, 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s is refused the pages', async (_what, headers, status) => {
    const { request } = await import('node:http')
    const found = await new Promise<number | undefined>((resolve, reject) => {
      request(`${mesh.alice.url}/ui/`, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .once('error', reject)
        .end()
    })
    expect(found).toBe(status)
  })
})

async function bytesOf(response: Response): Promise<number> {
  return (await response.request().sizes()).responseBodySize
}

describe('the files', () => {
  test('come with a strict policy, and the first load is at most 60 KiB packed', async () => {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      const sizes: Promise<number>[] = []
      page.on('response', (one) => {
        sizes.push(bytesOf(one))
      })
      const response = await page.goto(`${mesh.alice.url}/ui/`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
      const policy = response?.headers()['content-security-policy'] ?? ''
      expect(policy).toContain("script-src 'self'")
      expect(policy).not.toContain('unsafe')
      expect(bytes).toBeGreaterThan(10_000)
      expect(bytes).toBeLessThanOrEqual(60 * 1024)
    } finally {
      await context.close()
    }
  })
})
