import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { root } from '../../scripts/lib/project.ts'
import { type GameProcess, startGame } from '../game-process.ts'
import { launchBrowser, openPage } from './harness.ts'

/** A game with one of everything. */
const everything = fileURLToPath(import.meta.resolve('./fixtures/everything.ts'))

let browser: Browser
let game: GameProcess

before(async () => {
  browser = await launchBrowser()
  game = await startGame(['dev', everything, '--memory'])
})

after(async () => {
  await browser.close()
  await game.kill()
})

/** A player of their own, connected; what the playground opens is named after the `#`. */
async function open(t: TestContext, address = '', size = {}): Promise<Page> {
  const page = await openPage(t, browser, `${game.url}playground/${address}`, size)
  await page.locator('.status-dot.is-connected').waitFor()
  return page
}

async function enter(page: Page, name: string): Promise<void> {
  await page.locator(`.quick-join[title="Join ${name}"]`).click()
  await page.locator('.tab-box.is-current').getByText(name).waitFor()
}

function form(page: Page, name: string): Locator {
  return page.locator(`form[aria-label="${name}"]`)
}

/** Unfolds the form of a command, if it is folded. */
async function unfold(page: Page, name: string): Promise<Locator> {
  const details = page.locator('details.action', { has: form(page, name) })
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click()
  return form(page, name)
}

/** The line of the state tree with this key. */
function line(page: Page, key: string, value: string): Locator {
  const name = page.locator('.tree-key').getByText(key, { exact: true })
  return page.locator('.tree-line', { has: name }).filter({ hasText: value }).first()
}

test('what one page sends by a form, the tree of the other shows', async (t) => {
  const ada = await open(t)
  await enter(ada, 'table')
  const lin = await open(t, new URL(ada.url()).hash)
  await line(lin, 'seats', '2 entries').waitFor()
  const score = await unfold(ada, 'score')
  await score.getByLabel('points').fill('7')
  await ada.keyboard.press('Enter')
  await line(lin, 'score', '7').waitFor()
  await line(lin, 'round', '1').waitFor()
  assert.equal(await lin.locator('.tree-lock').count(), 2, 'own and foreign hands wear a lock')
  await line(lin, 'hand', 'not yours').waitFor()
  await (await unfold(ada, 'cheer')).getByRole('button', { name: 'Send' }).click()
  await lin.locator('.event-name', { hasText: 'cheer' }).waitFor()
})

test('values from players are shown as text, whatever they look like', async (t) => {
  const page = await open(t)
  await enter(page, 'table')
  const hostile = '<img src=x onerror=alert(1)>'
  const say = await unfold(page, 'say')
  await say.getByRole('textbox').fill(hostile)
  await page.keyboard.press('Enter')
  await page.locator('.journal-value').getByText(hostile).first().waitFor()
  assert.equal(await page.locator('main img, .journal img').count(), 0)
})

test('a form of every type sends what was filled in', async (t) => {
  const page = await open(t, '#service/shop')
  const echo = await unfold(page, 'echo')
  await echo.getByLabel('tiny').fill('200')
  await echo.getByLabel('title').fill('Lantern')
  await echo.getByLabel('blob').fill('de ad')
  await echo.getByLabel('mood').selectOption('merry')
  await echo.getByLabel('flag').check()
  await echo.getByLabel('maybe').first().check()
  const prices = echo.locator('fieldset', { hasText: 'prices' }).last()
  await prices.getByRole('button', { name: 'Add' }).click()
  await prices.getByLabel('key').fill('rope')
  await prices.getByLabel('value').fill('12')
  await echo.getByLabel('shape, variant').selectOption('box')
  await echo.getByLabel('width').fill('2.5')
  await echo.getByRole('button', { name: 'Call' }).click()
  const answer = JSON.parse(await echo.locator('pre.answer').innerText())
  const { tiny, title, blob, mood, flag, maybe, prices: sent, shape } = answer
  assert.deepEqual(
    { tiny, title, blob, mood, flag, maybe, sent, shape },
    {
      tiny: 200,
      title: 'Lantern',
      blob: '<2 bytes> de ad',
      mood: 'merry',
      flag: true,
      maybe: 0,
      sent: { rope: 12 },
      shape: { type: 'box', width: 2.5, height: 0 },
    },
  )
  await echo.getByLabel('tiny').fill('300')
  await echo.getByRole('button', { name: 'Call' }).click()
  await echo.getByRole('alert').waitFor()
})

test('a refusal is shown with its code and what to do next', async (t) => {
  const page = await open(t, '#service/shop')
  await (await unfold(page, 'fail')).getByRole('button', { name: 'Call' }).click()
  const card = form(page, 'fail').getByRole('alert')
  await card.getByText('REFUSED', { exact: true }).waitFor()
  await card.getByText('This one always says no.').waitFor()
})

test('the map of a world shows its entities, and a click shows their fields', async (t) => {
  const page = await open(t)
  await enter(page, 'meadow')
  const sheep = page.locator('.legend-item', { hasText: 'Sheep' }).locator('.legend-count')
  await page.locator('.legend-item', { hasText: 'Walker' }).getByText('1').waitFor()
  await page.waitForFunction((count) => Number(count?.textContent) > 0, await sheep.elementHandle())
  const canvas = page.locator('.map-canvas')
  const colours = await canvas.evaluate((element: HTMLCanvasElement) => {
    const pen = element.getContext('2d') as CanvasRenderingContext2D
    const { data } = pen.getImageData(0, 0, element.width, element.height)
    const found = new Set<number>()
    for (let at = 0; at < data.length; at += 4) {
      found.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0))
    }
    return found.size
  })
  assert.ok(colours > 20, `the map is drawn (${colours} colours)`)
  const walk = await unfold(page, 'walk')
  await walk.getByRole('spinbutton', { name: 'steps' }).fill('5')
  await walk.getByRole('button', { name: 'Send' }).click()
  await line(page, 'x', '205').waitFor()
})

test('a dropped connection comes back by itself and misses nothing', async (t) => {
  const ada = await open(t)
  await enter(ada, 'table')
  const lin = await open(t, new URL(ada.url()).hash)
  await lin.getByRole('button', { name: 'Drop for 5 s' }).click()
  await lin.locator('.status-dot.is-reconnecting').waitFor()
  const score = await unfold(ada, 'score')
  await score.getByLabel('points').fill('9')
  for (let times = 0; times < 3; times++) await ada.keyboard.press('Enter')
  await lin.locator('.status-dot.is-connected').waitFor()
  await line(lin, 'score', '27').waitFor()
})

test('watching an actor shows what its calls change', async (t) => {
  const page = await open(t, '#actor/hero')
  await page.getByRole('button', { name: 'Watch its state' }).click()
  await line(page, 'level', '0').waitFor()
  await (await unfold(page, 'levelUp')).getByRole('button', { name: 'Call' }).click()
  await line(page, 'level', '1').waitFor()
  await page.locator('.event-name', { hasText: 'levelled' }).waitFor()
})

test('on a phone nothing is wider than the screen', async (t) => {
  const page = await open(t, '', { width: 390, height: 844 })
  for (const name of ['table', 'meadow']) {
    await page.locator('.bar-button', { hasText: 'Game' }).click()
    await enter(page, name)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(wide <= 0, `${name} is ${wide} px too wide`)
  }
})

test('a replaced game updates lists and forms in place', async (t) => {
  mkdirSync(join(root, 'tmp'), { recursive: true })
  const folder = mkdtempSync(join(root, 'tmp', 'playground-'))
  const file = join(folder, 'game.ts')
  const source = readFileSync(everything, 'utf8')
  writeFileSync(file, source)
  const replaced = await startGame(['dev', file, '--memory'])
  t.after(async () => {
    await replaced.kill()
    rmSync(folder, { recursive: true })
  })
  const page = await openPage(t, browser, `${replaced.url}playground/`)
  await enter(page, 'table')
  await (await unfold(page, 'score')).getByLabel('points').fill('5')
  const kiosk = 'const kiosk = defineService({ calls: { open: call({}, {}, () => ({})) } })'
  const next = source
    .replace('cheer: command({ times: u8 }', 'cheer: command({ times: u8, loudly: bool }')
    .replace('services: { shop }', 'services: { shop, kiosk }')
    .replace('const Walker =', `${kiosk}\n\nconst Walker =`)
  writeFileSync(file, next)
  await page.locator('.block-name').getByText('kiosk').waitFor()
  await (await unfold(page, 'cheer')).getByLabel('loudly').check()
  assert.equal(await form(page, 'score').getByLabel('points').inputValue(), '5')
  await form(page, 'score').getByRole('button', { name: 'Send' }).click()
  await line(page, 'score', '5').waitFor()
})
