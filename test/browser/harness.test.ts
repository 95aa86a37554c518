import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser, openPage } from './harness.ts'

const body =
  '<link rel="icon" href="data:,"><canvas></canvas><script>console.error("kept")</script>'
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end(body)
})
let browser: Browser
let url = ''

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  url = `http://127.0.0.1:${address.port}/`
  browser = await launchBrowser()
})

after(async () => {
  await browser.close()
  server.close()
})

test('the browser draws with WebGL 2, which the games need', async (t) => {
  const page = await openPage(t, browser, url, { allow: [/kept/] })
  const drawn = await page.evaluate(
    () => document.querySelector('canvas')?.getContext('webgl2') instanceof WebGL2RenderingContext,
  )
  assert.ok(drawn)
})

test('an error on the console of a page fails its test', async () => {
  const hooks: (() => Promise<void>)[] = []
  await openPage({ after: (hook) => hooks.push(hook) }, browser, url)
  await assert.rejects(async () => hooks[0]?.(), /kept/)
})
