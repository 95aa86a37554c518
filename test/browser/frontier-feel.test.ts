import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type frontier from '../../games/frontier/game.ts'
import { root } from '../../scripts/lib/project.ts'
import { type GameProcess, startGame } from '../game-process.ts'
import { enter } from '../kit/player.ts'
import { until } from '../kit/until.ts'
import { launchBrowser, openPage } from './harness.ts'

const shots = join(root, 'tmp/screenshots')
/** Drawn by software on two busy cores, a page may take its time. */
const slowMs = 30_000
const walkMetresPerSecond = 5.2

let game: GameProcess
let browser: Browser

before(async () => {
  mkdirSync(shots, { recursive: true })
  game = await startGame(['run', 'games/frontier/game.ts', '--memory'])
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  await game?.kill('SIGKILL')
})

interface Spot {
  readonly id: number
  readonly x: number
  readonly y: number
}

/** What the page tells of itself on `window.frontier`. */
interface Probe {
  readonly pingMs: number
  me(): Spot
  others(): (Spot & { readonly kind: string })[]
  link(): Recording['link']
}

/** What was on the screen in one frame. */
interface Frame {
  readonly nowMs: number
  readonly me: Spot
  readonly others: readonly Spot[]
  /** How far the own prediction was off. */
  readonly errorMetres: number
}

interface Recording {
  readonly frames: readonly Frame[]
  /** The frame before which the key went down. */
  readonly pressed: number
  readonly link: { readonly pingMs: number; readonly delayMs: number; readonly errorMetres: number }
}

/** Walks for some seconds, and keeps every frame of it. */
function record(page: Page, seconds: number): Promise<Recording> {
  return page.evaluate(async (forMs: number) => {
    const probe = (window as unknown as { frontier: Probe }).frontier
    const { others } = probe
    const frames: Frame[] = []
    const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
    const shoot = async () => {
      await next()
      const me = probe.me()
      const players = others().filter(({ kind }) => kind === 'Player')
      const slim = ({ id, x, y }: Spot): Spot => ({ id, x, y })
      frames.push({
        nowMs: performance.now(),
        me: slim(me),
        others: players.map(slim),
        errorMetres: probe.link().errorMetres,
      })
    }
    const begun = performance.now()
    while (performance.now() - begun < 1000) await shoot()
    const pressed = frames.length
    for (const code of ['KeyS', 'KeyD', 'KeyW', 'KeyA']) {
      dispatchEvent(new KeyboardEvent('keydown', { code }))
      const since = performance.now()
      while (performance.now() - since < forMs / 4) await shoot()
      dispatchEvent(new KeyboardEvent('keyup', { code }))
    }
    return { frames, pressed, link: probe.link() }
  }, seconds * 1000)
}

/** How far somebody went from frame to frame beyond what can be walked in that time, in metres. */
function jumps(frames: readonly Frame[], pick: (frame: Frame) => readonly Spot[]): number[] {
  return frames.slice(1).flatMap((frame, index) => {
    const former = frames[index] as Frame
    const metres = ((frame.nowMs - former.nowMs) / 1000) * walkMetresPerSecond
    return pick(frame).flatMap((spot) => {
      const from = pick(former).find(({ id }) => id === spot.id)
      return from ? [Math.hypot(spot.x - from.x, spot.y - from.y) - metres] : []
    })
  })
}

/** Somebody near who never stands still. */
async function wanderer(name: string): Promise<() => void> {
  const { realm } = await enter<typeof frontier>(game.url, name)
  const world = await realm.worlds.frontier.join({}, { look: 7, nick: '' })
  let direction = 0
  const timer = setInterval(() => {
    direction = (direction + 5) % 32
    world.send.walk({ direction, steps: 10 })
  }, 400)
  return () => {
    clearInterval(timer)
    realm.close()
  }
}

test('very far away one walks at once, others move evenly, and nothing is corrected', async (t) => {
  const ends = await Promise.all(['Bea', 'Cid', 'Dan'].map(wanderer))
  t.after(() => {
    for (const end of ends) end()
  })
  const page = await openPage(
    t,
    browser,
    `http://localhost:${game.port}/?name=Ada&hour=12&lag=150,50,2`,
    { width: 640, height: 400 },
  )
  await until(
    'three others are in view',
    () =>
      page.evaluate(() => {
        const probe = (window as unknown as { frontier?: Probe }).frontier
        const others = probe?.others() ?? []
        return others.filter(({ kind }) => kind === 'Player').length >= 3
      }),
    slowMs,
  )
  await until('the network is known', () =>
    page.evaluate(() => (window as unknown as { frontier: Probe }).frontier.pingMs > 0),
  )
  const { frames, pressed, link } = await record(page, 6)
  const wrong = Math.max(...frames.map(({ errorMetres }) => errorMetres))
  const told = JSON.stringify({ ...link, frames: frames.length, wrong })
  assert.ok(link.pingMs > 200 && link.delayMs > 60, `no bad network: ${told}`)
  // On a busy machine the server skips ticks, and a step with them.
  assert.ok(wrong < 0.3, `corrected: ${told}`)

  const still = frames[pressed - 1] as Frame
  const moved = frames.findIndex(
    ({ me }, index) => index >= pressed && Math.hypot(me.x - still.me.x, me.y - still.me.y) > 0.001,
  )
  // The key is read in the frame after it went down, and drawn in the next.
  assert.ok(moved >= 0 && moved - pressed <= 2, `walks after ${moved - pressed} frames: ${told}`)

  const own = Math.max(...jumps(frames, ({ me }) => [me]))
  assert.ok(own < 0.15 + wrong, `one's own steps jump by ${own} m: ${told}`)
  const seen = jumps(frames, ({ others }) => others)
  assert.ok(seen.length > frames.length, `nobody to look at: ${told}`)
  // After a stall others hurry by a third for a moment.
  const others = Math.max(...seen)
  assert.ok(others < 0.5, `others jump by ${others} m: ${told}`)

  // Without prediction every step takes the long way there and back.
  await page.setViewportSize({ width: 900, height: 620 })
  if (await page.locator('#feel').isHidden()) await page.locator('#net').click()
  await page.locator('#feel label', { hasText: 'Prediction' }).click()
  const late = await record(page, 2)
  const [from, at] = [late.frames[late.pressed - 1] as Frame, late.pressed]
  const first = late.frames.findIndex(
    ({ me }, index) => index >= at && Math.hypot(me.x - from.me.x, me.y - from.me.y) > 0.01,
  )
  const afterMs = (late.frames[first] as Frame).nowMs - from.nowMs
  assert.ok(first > at && afterMs > 250, `without prediction it walks after ${afterMs} ms`)

  await page.setViewportSize({ width: 1280, height: 800 })
  await page.screenshot({ path: join(shots, 'frontier-very-far.png') })
})
