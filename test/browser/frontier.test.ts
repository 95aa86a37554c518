import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { root } from '../../scripts/lib/project.ts'
import type { Realm } from '../../src/client/index.ts'
import type frontier from '../fixtures/generous-frontier.ts'
import { type GameProcess, startGame } from '../game-process.ts'
import { type Cuttable, cuttable } from '../kit/cuttable.ts'
import { until } from '../kit/until.ts'
import { cutOffLines, launchBrowser, openPage } from './harness.ts'

const shots = join(root, 'tmp/screenshots')
const file = 'test/fixtures/generous-frontier.ts'
const cutMs = 5_000
/** Drawn by software on two busy cores, a page may take its time. */
const slowMs = 30_000

let game: GameProcess
let cable: Cuttable
let browser: Browser

before(async () => {
  mkdirSync(shots, { recursive: true })
  game = await startGame(['run', file])
  cable = await cuttable(game.port)
  browser = await launchBrowser()
})

after(async () => {
  await browser?.close()
  await cable?.close()
  await game?.kill('SIGKILL')
})

interface Being {
  readonly id: number
  readonly x: number
  readonly y: number
  readonly name: string
}

/** What a page tells of itself on `window.frontier`. */
interface Seen {
  readonly ready: boolean
  readonly status: string
  readonly gold: number
  readonly me: Being | undefined
  readonly others: readonly Being[]
}

function look(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const probe = (window as unknown as { frontier?: Record<string, unknown> }).frontier
    const { ready, status, gold, me, others } = (probe ?? {}) as {
      [name: string]: unknown
      gold?: () => number
      me?: () => Being
      others?: () => Being[]
    }
    return {
      ready: ready === true,
      status: String(status),
      gold: gold?.() ?? 0,
      me: me?.(),
      others: others?.() ?? [],
    } as Seen
  })
}

async function enter(t: Parameters<typeof openPage>[0], port: number, name: string): Promise<Page> {
  const page = await openPage(t, browser, `http://localhost:${port}/?name=${name}`, {
    width: 640,
    height: 400,
    allow: cutOffLines,
  })
  await until(`${name} is in the world`, async () => (await look(page)).ready, slowMs)
  return page
}

/** Walks as far as the wild lets, in whichever direction is free; returns where it ended. */
async function walk(page: Page): Promise<Being> {
  const from = (await look(page)).me
  assert.ok(from)
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) {
    await page.keyboard.down(key)
    await sleep(700)
    await page.keyboard.up(key)
    await sleep(300)
    const { me } = await look(page)
    if (me && Math.hypot(me.x - from.x, me.y - from.y) > 1.5) return me
  }
  assert.fail('it cannot walk anywhere')
}

/** Waits until `page` shows `name` where that player's own page shows it, at rest. */
async function sees(page: Page, name: string, own: Page): Promise<void> {
  await until(
    `${name} stands at the same place in both pages`,
    async () => {
      const [{ others }, { me }] = await Promise.all([look(page), look(own)])
      const other = others.find((being) => being.name === name)
      return other && me && Math.hypot(other.x - me.x, other.y - me.y) < 0.25
    },
    slowMs,
  )
}

type Gift = Parameters<Realm<typeof frontier>['services']['purse']['give']>[0]

/** Logs in by HTTP as the guest whose page this is, and finds gold. */
async function giveGold(page: Page, name: string, amount: number): Promise<void> {
  const stored = await page.evaluate(() => Object.values({ ...localStorage }))
  const guest = stored.find((text) => /"secret"/.test(text))
  assert.ok(guest, 'the page keeps no guest')
  const post = async (path: string, body: object, headers = {}) => {
    const text = JSON.stringify(body)
    const response = await fetch(`${game.url}${path}`, { method: 'POST', body: text, headers })
    assert.equal(response.status, 200, await response.clone().text())
    return (await response.json()) as { token: string }
  }
  const { token } = await post('realm/login', { guest: name, ...JSON.parse(guest) })
  const gift: Gift = { amount }
  await post('realm/call/purse/give', gift, { authorization: `Bearer ${token}` })
}

async function away(page: Page): Promise<void> {
  await until('the page notices', async () => (await look(page)).status === 'reconnecting', slowMs)
}

async function back(page: Page): Promise<void> {
  await until(
    'the page is back by itself',
    async () => {
      const { ready, status } = await look(page)
      return ready && status === 'connected'
    },
    slowMs,
  )
}

test('two pages see each other; a cut of 5 s and a SIGKILL take nothing from them', async (t) => {
  const ada = await enter(t, game.port, 'Ada')
  const lin = await enter(t, cable.port, 'Lin')
  await sees(ada, 'Lin', lin)
  await walk(ada)
  await sees(lin, 'Ada', ada)
  await walk(lin)
  await sees(ada, 'Lin', lin)
  await giveGold(lin, 'Lin', 77)
  await until('gold', async () => (await look(lin)).gold === 77)
  await ada.screenshot({ path: join(shots, 'frontier-ada.png') })

  const { me: before } = await look(lin)
  await cable.cut()
  const cutAtMs = performance.now()
  await away(lin)
  await giveGold(lin, 'Lin', 5)
  await walk(ada)
  await lin.screenshot({ path: join(shots, 'frontier-lin-cut-off.png') })
  await sleep(Math.max(0, cutMs - (performance.now() - cutAtMs)))
  await cable.mend()
  await back(lin)
  await until('what was found meanwhile', async () => (await look(lin)).gold === 82, slowMs)
  assert.equal((await look(lin)).me?.id, before?.id, 'another avatar')
  await sees(lin, 'Ada', ada)
  await walk(lin)
  await sees(ada, 'Lin', lin)

  // A checkpoint is at most a second old: after that, places count as well.
  await sleep(1_500)
  const places = await Promise.all([ada, lin].map(async (page) => (await look(page)).me))
  await game.kill('SIGKILL')
  await Promise.all([away(ada), away(lin)])
  game = await startGame(['run', file], { port: game.port, dataDir: game.dataDir })
  await Promise.all([back(ada), back(lin)])
  for (const [index, page] of [ada, lin].entries()) {
    const { me } = await look(page)
    const place = places[index]
    assert.ok(me && place && Math.hypot(me.x - place.x, me.y - place.y) < 0.5, 'it woke elsewhere')
  }
  assert.equal((await look(lin)).gold, 82, 'gold that a player was told of is gone')
  await walk(ada)
  await sees(lin, 'Ada', ada)
  await giveGold(lin, 'Lin', 1)
  await until('more gold', async () => (await look(lin)).gold === 83, slowMs)
  await lin.setViewportSize({ width: 1280, height: 800 })
  await lin.screenshot({ path: join(shots, 'frontier-lin.png') })
})
