import assert from 'node:assert/strict'
import { type Browser, chromium, type Page } from 'playwright-core'
import { ensureChromium } from '../../scripts/ensure-chromium.ts'

/** No page of ours is slower than this on a busy machine with two cores. */
const actionTimeoutMs = 20_000

/** Starts Debian's Chromium without a window, and without anything that talks to its maker. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** The part of a test's context that a page needs. */
export interface Ending {
  after(hook: () => Promise<void>): void
}

/** How a page is opened. */
export interface PageOptions {
  readonly width?: number
  readonly height?: number
  /** Errors that belong to the test, such as the browser's own line on a cut connection. */
  readonly allow?: readonly RegExp[]
  /** Runs in the page before its own scripts do. */
  readonly init?: string
}

/**
 * Opens a page with cookies and storage of its own. Any error on its console and any uncaught
 * exception fails the test when it ends; then the page is closed.
 */
export async function openPage(
  t: Ending,
  browser: Browser,
  url: string,
  { width = 1280, height = 800, allow = [], init }: PageOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height } })
  const page = await context.newPage()
  const errors: string[] = []
  if (init !== undefined) await page.addInitScript(init)
  page.setDefaultTimeout(actionTimeoutMs)
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    errors.push(`${message.text()} (${message.location().url})`)
  })
  t.after(async () => {
    await context.close()
    const unexpected = errors.filter((error) => !allow.some((pattern) => pattern.test(error)))
    assert.deepEqual(unexpected, [], `errors on the console of ${url}`)
  })
  await page.goto(url)
  return page
}

/** What Chromium itself writes to the console while a server cannot be reached. */
export const cutOffLines: readonly RegExp[] = [
  /^WebSocket connection to '\S+' failed: /,
  /^Failed to load resource: net::ERR_CONNECTION_(REFUSED|RESET|CLOSED)/,
  /^Failed to load resource: net::ERR_EMPTY_RESPONSE/,
]
