import { describe, expect, it } from 'vitest'

import { adminOf } from './support/admin.ts'
import { appSource } from './support/app.ts'
import { type Browser, browserMissing, type OpenPage, startBrowser } from './support/browser.ts'
import { answered, loadOf } from './support/load.ts'
import { type Nunicorn, startNunicorn } from './support/nunicorn.ts'
import { createProject, type Project } from './support/project.ts'

const args = ['app.mjs', '-w', '3', '-b', '127.0.0.1:0', '--name', 'shop']

function start(project: Project, admin = '127.0.0.1:0'): Nunicorn {
  return startNunicorn({ directory: project.directory, args: [...args, '--admin', admin] })
}

async function adminUrl(nunicorn: Nunicorn): Promise<string> {
  const [, url = ''] = await nunicorn.log.waitFor(/Admin address: (http:\S+)/)
  return `${url}/`
}

/** Light, and without end until it is disposed of. */
function lightLoad(nunicorn: Nunicorn): ReturnType<typeof loadOf> {
  return loadOf(nunicorn, {
    clients: [
      { kind: 'keep-alive', concurrency: 6, thinkMs: [10, 20, 40] },
      // These spread over all workers; two kept connections may meet in one.
      { kind: 'connection-per-request', concurrency: 2 },
    ],
    request: { path: '/cpu?ms=2' },
  })
}

const lines = ({ page }: OpenPage, title: string) =>
  page.locator('figure', { hasText: title }).locator('path.line')

/** How many points the lines of a plot have; 0 for each that has none. */
async function points(open: OpenPage, title: string): Promise<readonly number[]> {
  const paths = await lines(open, title).all()
  const drawn = await Promise.all(paths.map((path) => path.getAttribute('d')))
  return drawn.map((d) => (d ?? '').split('L').length)
}

/** For what takes some seconds of the instance: beats, and looks at them. */
const within = { timeout: 15_000 }

describe.skipIf(browserMissing)(
  `the web page${browserMissing ? ` (skipped: ${browserMissing})` : ''}`,
  () => {
    it('shows the workers of an instance under load, with plots, and what happens to them', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project)
      await nunicorn.ready(3)
      await using load = await lightLoad(nunicorn)
      await using browser = await startBrowser()
      const open = await browser.open(await adminUrl(nunicorn), {
        viewport: { width: 1280, height: 900 },
      })
      const { page } = open
      const table = page.getByRole('table', { name: 'Workers' })
      await expect.poll(() => table.getByRole('row').count(), within).toBe(4)
      expect(await pidsOf(open)).toEqual(sorted(nunicorn.workers()))
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('shop')

      await answered(load, 100)
      const rates = () => table.locator('[data-name="Req/s"]').allTextContents()
      await expect
        .poll(async () => (await rates()).every((rate) => Number(rate) > 0), within)
        .toBe(true)
      for (const plot of ['Requests per second', 'Latency', 'Event loop utilisation', 'Memory'])
        await expect
          .poll(async () => Math.min(...(await points(open, plot))), within)
          .toBeGreaterThan(2)
      expect(await lines(open, 'Latency').count()).toBe(2)
      expect(await lines(open, 'Memory').count()).toBe(3)
      await page.getByRole('img', { name: /^Latency: p50 [\d.]+ ms, p99 [\d.]+ ms$/ }).waitFor()

      const before = nunicorn.workers()
      nunicorn.signal('SIGHUP')
      await page.locator('li[data-type="reload-finished"]').waitFor()
      await expect.poll(async () => (await pidsOf(open)).length, within).toBe(3)
      expect(await pidsOf(open)).not.toEqual(sorted(before))
      await open.screenshot('light')
      expect(open.complaints).toEqual([])
    })

    it('marks a worker that has stopped as stale, and shows the others on', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project)
      await nunicorn.ready(3)
      await using browser = await startBrowser()
      const open = await browser.open(await adminUrl(nunicorn), {
        viewport: { width: 1280, height: 900 },
        colorScheme: 'dark',
      })
      const [pid = 0] = await pidsOf(open)
      const row = open.page.locator(`tr[data-pid="${pid}"]`)
      await expect.poll(() => row.getAttribute('data-state'), within).toBe('ready')
      process.kill(pid, 'SIGSTOP')
      try {
        await row.getByText(/stale, silent for \d+ s/).waitFor()
        await open.page.getByRole('status').getByText('1 stale').waitFor()
        expect(await open.page.locator('tr[data-state="ready"]').count()).toBe(2)
        await open.page.locator('li[data-type="worker-suspect"]').waitFor()
        await open.screenshot('dark-stale')
      } finally {
        process.kill(pid, 'SIGCONT')
      }
      await expect.poll(() => row.getAttribute('data-state'), within).toBe('ready')
      expect(open.complaints).toEqual([])
    })

    it('follows the light or the dark of its reader', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project)
      await nunicorn.ready(3)
      await using browser = await startBrowser()
      const url = await adminUrl(nunicorn)
      const backgroundOf = async (colorScheme: 'light' | 'dark'): Promise<number> => {
        const open = await browser.open(url, { colorScheme })
        await expect.poll(() => open.page.locator('tr[data-pid]').count(), within).toBe(3)
        const rgb = String(await open.evaluate('getComputedStyle(document.body).backgroundColor'))
        return Math.max(...(rgb.match(/\d+/g) ?? []).map(Number))
      }
      expect(await backgroundOf('light')).toBeGreaterThan(200)
      expect(await backgroundOf('dark')).toBeLessThan(60)
    })

    it('fits a telephone without scrolling sideways, each worker a card', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project)
      await nunicorn.ready(3)
      await using browser = await startBrowser()
      for (const width of [375, 768, 1_101, 2_000]) {
        const open = await browser.open(await adminUrl(nunicorn), {
          viewport: { width, height: 812 },
        })
        const row = open.page.getByRole('row', { name: '1 ' }).last()
        await row.getByRole('cell').first().waitFor()
        await open.page.locator('#events li').first().waitFor()
        expect(await open.evaluate('document.documentElement.scrollWidth')).toBe(width)
        expect(await open.page.getByRole('rowheader').count()).toBe(3)
        await open.screenshot(`width-${width}`)
        expect(open.complaints).toEqual([])
      }
    })

    it('can be read with the keyboard alone: a plot is pointed at with the arrow keys', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project)
      await nunicorn.ready(3)
      await using browser = await startBrowser()
      const open = await browser.open(await adminUrl(nunicorn))
      await expect
        .poll(async () => Math.min(...(await points(open, 'Memory'))), within)
        .toBeGreaterThan(2)
      const plot = open.page.getByRole('img', { name: /^Memory/ })
      await open.page.keyboard.press('Tab')
      for (let n = 0; n < 3; n++) await open.page.keyboard.press('Tab')
      const focused = await open.evaluate(`document.activeElement.getAttribute('aria-label')`)
      expect(focused).toMatch(/^Memory: /)
      await open.page.keyboard.press('ArrowLeft')
      const when = open.page.locator('figure', { has: plot }).locator('.when')
      await expect.poll(() => when.textContent(), within).toMatch(/^\d s ago$/)
      await open.page.keyboard.press('Escape')
      await expect.poll(() => when.textContent(), within).toBe('')
    })

    it('says when the connection is lost, and begins anew with the next instance there', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using browser = await startBrowser()
      let open: OpenPage
      let url: string
      {
        await using nunicorn = start(project)
        await nunicorn.ready(3)
        url = await adminUrl(nunicorn)
        open = await openWithRows(browser, url)
        nunicorn.signal('SIGTERM')
        expect(await nunicorn.exited).toBe(0)
      }
      const lost = open.page.getByRole('alert')
      await lost.getByText('Connection lost').waitFor()
      await open.screenshot('lost')
      await using next = start(project, new URL(url).host)
      await next.ready(3)
      await lost.waitFor({ state: 'hidden' })
      await expect.poll(() => pidsOf(open), within).toEqual(sorted(next.workers()))
      await expect
        .poll(() => open.page.locator('#events li').allTextContents(), within)
        .toEqual(
          expect.arrayContaining([expect.stringContaining(`(pid ${next.workers()[0]}) is ready`)]),
        )
      expect(await open.page.locator('li[data-type="stopping"]').count()).toBe(0)
    })

    it('serves nothing but its own files', async () => {
      await using project = await createProject({ 'app.mjs': appSource() })
      await using nunicorn = start(project)
      const admin = await adminOf(nunicorn)
      const { contentSecurityPolicy } = await import('@nunicorn/page')
      for (const path of ['/', '/page.js', '/page.css', '/icon.svg']) {
        const { status, headers, body } = await admin.get(path)
        expect(status, path).toBe(200)
        expect(headers['content-security-policy']).toBe(contentSecurityPolicy)
        // The page is complete without anything from elsewhere.
        expect(body.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:\/\//)
      }
      for (const path of ['/page.js.map', '/../package.json', '/%2e%2e/index.js'])
        expect((await admin.get(path)).status, path).toBe(404)
    })
  },
)

async function openWithRows(browser: Browser, url: string): Promise<OpenPage> {
  const open = await browser.open(url)
  await expect.poll(() => open.page.locator('tr[data-pid]').count(), within).toBe(3)
  return open
}

async function pidsOf({ page }: OpenPage): Promise<readonly number[]> {
  await page.locator('tr[data-pid]').first().waitFor()
  const rows = await page.locator('tr[data-pid]').all()
  const pids = await Promise.all(rows.map((row) => row.getAttribute('data-pid')))
  return sorted(pids.map(Number))
}

function sorted(pids: Iterable<number>): readonly number[] {
  return [...pids].toSorted((a, b) => a - b)
}
