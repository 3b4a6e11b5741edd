import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Where distributions put it. */
const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path))

/** Why no browser can be started, if so. */
export const browserMissing: string | undefined =
  executablePath === undefined ? 'no Chromium is installed (apt-get install chromium)' : undefined

const folder = fileURLToPath(new URL('../.screenshots/', import.meta.url))

/** A real browser, of which nobody sees the window. */
export interface Browser extends AsyncDisposable {
  open(url: string, options?: BrowserContextOptions): Promise<OpenPage>
}

export interface OpenPage {
  readonly page: Page
  /** What the browser had to complain about: errors, warnings, violations of the Content-Security-Policy. */
  readonly complaints: readonly string[]
  /** What an expression is there, as JSON can hold it. */
  evaluate(expression: string): Promise<unknown>
  /** For people to look at; git does not see it. */
  screenshot(name: string): Promise<Buffer>
}

export async function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(browserMissing)
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath, args })
  mkdirSync(folder, { recursive: true })

  return {
    async open(url, options) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
        console.error('violates ' + event.violatedDirective + ': ' + event.blockedURI))`)
      await page.goto(url)
      return {
        page,
        complaints,
        evaluate: (expression) => page.evaluate(expression),
        screenshot: (name) => page.screenshot({ path: `${folder}${name}.png`, fullPage: true }),
      }
    },
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
