import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { root } from '../../scripts/lib/project.ts'
import { type GameProcess, startGame } from '../game-process.ts'
import { type Cuttable, cuttable } from '../kit/cuttable.ts'
import { until } from '../kit/until.ts'
import { cutOffLines, launchBrowser, openPage } from './harness.ts'

const shots = join(root, 'tmp/screenshots')
const cutMs = 5_000
/** One walk command of the page. */
const stepLength = 12

let game: GameProcess
let cable: Cuttable
let browser: Browser

before(async () => {
  mkdirSync(shots, { recursive: true })
  game = await startGame(['run', 'games/hello/hello.ts'])
  cable = await cuttable(game.port)
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  await cable?.close()
  await game?.kill()
})

/** Chooses the name that the page draws by lot, and notes where it paints each name. */
function init(lot: number): string {
  return `
    Math.random = () => ${lot}
    globalThis.painted = {}
    const { fillText } = CanvasRenderingContext2D.prototype
    CanvasRenderingContext2D.prototype.fillText = function (name, x, y) {
      globalThis.painted[name] = { x, y }
      return fillText.call(this, name, x, y)
    }`
}

interface Spot {
  readonly x: number
  readonly y: number
}

function painted(page: Page, name: string): Promise<Spot | undefined> {
  return page.evaluate((name) => {
    return (globalThis as unknown as { painted: Record<string, Spot> }).painted[name]
  }, name)
}

/** Waits until both pages paint `name` at rest at the same spot, and returns it. */
function agreed(name: string, pages: readonly [Page, Page]): Promise<Spot> {
  return until(`both pages paint ${name} at one spot`, async () => {
    const [here, there] = await Promise.all(pages.map((page) => painted(page, name)))
    if (here === undefined || there === undefined) return undefined
    const rests = [here.x, here.y + 26].every((at) => Math.abs(at - near(at)) < 0.01)
    const same = Math.hypot(here.x - there.x, here.y - there.y) < 0.02
    return same && rests ? { x: near(here.x), y: near(here.y + 26) } : undefined
  })
}

/** Where avatars can come to rest: whole steps from the middle. */
function near(at: number): number {
  return Math.round(at / stepLength) * stepLength
}

async function hold(page: Page, key: string, ms: number): Promise<void> {
  await page.keyboard.down(key)
  await sleep(ms)
  await page.keyboard.up(key)
}

function status(page: Page): Promise<string | null> {
  return page.textContent('#status')
}

test('two pages see each other move; one is cut off for 5 s and loses nothing', async (t) => {
  const ada = await openPage(t, browser, game.url, { init: init(0.05) })
  const lin = await openPage(t, browser, `http://localhost:${cable.port}/`, {
    init: init(0.15),
    allow: cutOffLines,
  })
  const pages = [ada, lin] as const
  for (const page of pages) {
    await until('both are here', async () => (await status(page)) === '2 here')
  }

  await hold(ada, 'ArrowRight', 700)
  const right = await agreed('Ada', pages)
  assert.ok(right.x >= 4 * stepLength && right.y === 0, JSON.stringify(right))
  await hold(lin, 'KeyS', 700)
  const down = await agreed('Lin', pages)
  assert.ok(down.y >= 4 * stepLength && down.x === 0, JSON.stringify(down))
  await ada.screenshot({ path: join(shots, 'hello-ada.png') })

  await cable.cut()
  const cutAtMs = performance.now()
  await until('the page says so', async () => (await status(lin)) === 'reconnecting…')
  await hold(ada, 'ArrowUp', 700)
  await hold(lin, 'ArrowLeft', 700)
  await lin.screenshot({ path: join(shots, 'hello-lin-cut-off.png') })
  assert.equal((await painted(lin, 'Ada'))?.x.toFixed(0), right.x.toFixed(0))
  assert.equal(await status(ada), '2 here', 'a seat was given up at once')
  await sleep(Math.max(0, cutMs - (performance.now() - cutAtMs)))
  await cable.mend()

  await until('the page is back', async () => (await status(lin)) === '2 here', 15_000)
  const up = await agreed('Ada', pages)
  assert.ok(up.y <= -4 * stepLength && up.x === right.x, 'what happened meanwhile was missed')
  const left = await agreed('Lin', pages)
  assert.ok(left.x <= -4 * stepLength && left.y === down.y, 'what was done meanwhile was lost')
  await hold(lin, 'ArrowRight', 400)
  const on = await agreed('Lin', pages)
  assert.ok(on.x > left.x, 'the page does not play on')
  await lin.screenshot({ path: join(shots, 'hello-lin.png') })
})
