import { paintAll } from './art/index.ts'
import type { Feed, FeedEvents, PlayerBeing } from './net/feed.ts'
import { enterFrontier } from './net/live.ts'
import { networkOf } from './net/network.ts'
import { Play } from './play.ts'
import { exposeProbe } from './probe.ts'
import { Stage } from './scene/stage.ts'
import { firstWeaponItem, goldItem, items } from './shared/rules.ts'
import { showConnection } from './ui/away.ts'
import { Controls } from './ui/controls.ts'
import { type Guest, openDoor, randomLook } from './ui/door.ts'
import { FeelPanel } from './ui/feel.ts'
import { Hud } from './ui/hud.ts'
import { MiniMap } from './ui/map.ts'
import { part } from './ui/page.ts'

/** The map and the numbers around the picture are drawn anew this often. */
const slowMs = 120

const query = new URLSearchParams(location.search)
const hour = query.has('hour') ? Number(query.get('hour')) % 24 : undefined
const network = networkOf(query.get('lag'))
const atlas = paintAll()
const stage = await Stage.create(part('scene'), atlas, hour)
stage.prepare()

const state = {
  feed: undefined as Feed | undefined,
  status: 'outside',
  get fps() {
    return Math.round(stage.fps)
  },
}
exposeProbe(state)

const drink = () => state.feed?.drink()
const hud = new Hud(atlas, drink)
const map = new MiniMap()
const panel = new FeelPanel(network)
const play = new Play()
const controls = new Controls(stage.canvas, { drink, say: (text) => state.feed?.say(text) })
stage.cast.onHurt = (lost) => {
  hud.hurt()
  stage.camera.shake(Math.min(0.6, 0.2 + lost / 60))
}

function me(): PlayerBeing | undefined {
  const being = state.feed?.get(state.feed.me)
  return being?.kind === 'Player' ? being : undefined
}

const events: FeedEvents = {
  said(who, text) {
    stage.bubbles.say(who, text)
    const speaker = state.feed?.get(who)
    if (speaker?.kind === 'Player') hud.said(speaker.fields.name, text)
  },
  looted(item, amount) {
    const mine = me()
    const text = item === goldItem ? `+${amount} gold` : `${items[item]?.name}`
    if (item >= firstWeaponItem) hud.toast(`You found: ${text}!`, true)
    else if (item !== goldItem) hud.toast(text)
    if (mine === undefined) return
    const tint = item === goldItem ? 0xffd75a : 0xbfe0ff
    stage.effects.number(mine.x, mine.y - 2, item === goldItem ? `+${amount}` : '+1', tint, 0.9)
  },
  drank(healed) {
    const mine = me()
    if (mine === undefined) return
    stage.celebrate(mine.x, mine.y, 'heal')
    stage.effects.number(mine.x, mine.y - 1.8, `+${healed}`, 0x8dff8a, 1)
  },
  levelled(level) {
    hud.toast(`Level ${level}!`, true)
  },
  status(status) {
    state.status = status
    showConnection(status)
  },
}

async function enter({ name, look }: Guest): Promise<void> {
  state.feed = await enterFrontier({ name, look, network }, events)
  state.status = 'connected'
  hud.open(name, look)
  controls.start()
  panel.start(state.feed)
}

let lastMs = 0
let slowAt = 0
function frame(nowMs: number): void {
  requestAnimationFrame(frame)
  const seconds = Math.min(0.25, (nowMs - lastMs) / 1000)
  lastMs = nowMs
  const { feed } = state
  stage.draw(nowMs, feed)
  map.paint(8)
  if (feed === undefined) return
  panel.watch(feed, nowMs)
  play.update(feed, stage, controls, stage.beings, nowMs, seconds)
  if (nowMs - slowAt < slowMs) return
  slowAt = nowMs
  const mine = Play.me(feed, stage.beings)
  hud.update(feed, mine, stage.fps)
  panel.draw(feed)
  if (mine !== undefined) map.draw(mine.x, mine.y, stage.beings, feed.me)
}
requestAnimationFrame(frame)

const name = query.get('name')?.trim().slice(0, 16)
if (name) await enter({ name, look: randomLook() })
else openDoor(atlas, enter)
