import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { command, defineGame, defineWorld, u8 } from 'realmkit'
import { type SimStranger, simGame } from '../../test/kit/sim-game.ts'
import { strike } from './combat.ts'
import { events, kinds, Monster, Player } from './entities.ts'
import game from './game.ts'
import {
  playerSpeed,
  rewindMs,
  stepCreditMax,
  tickSeconds,
  viewRadius,
  weapons,
  worldEdge,
} from './web/shared/rules.ts'
import { walkAll } from './web/shared/walk.ts'

const tickMs = tickSeconds * 1000
const stride = playerSpeed * tickSeconds
const largest = Number.MAX_SAFE_INTEGER
const block = 1
const commandNumbers = game.spec.worlds.frontier.describe().commands.map(({ name }) => name)
const numberOf = (name: string): number => commandNumbers.indexOf(name)
const nobody = Uint8Array.of(0, 0, 0)

/** The frontier with Mallory, who talks to it in bytes, and Bea, who just wants to play. */
async function together(seed: string) {
  const made = await simGame(game, seed)
  const { sim } = made
  const mallory = await made.stranger('Mallory')
  const meOf = mallory.join(block, nobody)
  const { realm, troubles } = await made.player('Bea')
  const world = await sim.until(realm.worlds.frontier.join({}, { look: 1, nick: '' }))
  await sim.run(1500)
  const walker = world.predict({
    command: 'walk',
    apply: (state, walk) => walkAll(state, walk),
  })
  const me = meOf()
  assert.ok(me > 0)
  return { sim, mallory, me, world, walker, realm, troubles }
}

type Together = Awaited<ReturnType<typeof together>>

function send(mallory: SimStranger, name: string, input: Uint8Array, told: Told = {}): void {
  const { sequence = 1, seen = 0 } = told
  const body = { channel: 1, command: numberOf(name), sequence, seen, input }
  mallory.say(name === 'walk' ? 'commandUnreliable' : 'command', body)
}
interface Told {
  readonly sequence?: number
  readonly seen?: number
}

/** Bea walks and is not disturbed; returns where Mallory was seen, tick by tick. */
async function watch(made: Together, ticks: number, mischief: (tick: number) => void) {
  const { sim, me, world, walker } = made
  const path: { x: number; y: number }[] = []
  for (let tick = 0; tick < ticks; tick += 1) {
    mischief(tick)
    walker.send({ direction: Math.floor(tick / 8) * 8, steps: 1 })
    await sim.run(tickMs)
    // Along a wall the rounding of positions may be felt, by a hair.
    assert.ok(walker.error < 0.05, `Bea is corrected by ${walker.error} m in tick ${tick}`)
    const seen = world.entities.get(me)
    if (seen !== undefined) path.push({ x: seen.x, y: seen.y })
  }
  return path
}

function assertUndisturbed({ sim, world, realm, troubles }: Together): void {
  assert.deepEqual(troubles, [], 'Bea has troubles')
  assert.equal(realm.status, 'connected')
  assert.deepEqual(sim.errors, [])
  for (const { x, y } of world.entities.values()) {
    assert.ok(x >= 0 && x <= worldEdge && y >= 0 && y <= worldEdge, `somebody is at ${x}, ${y}`)
  }
}

/** Over every window of time: a tick may fall to either side of it, and positions are rounded. */
function assertNoFaster(path: readonly { x: number; y: number }[]): void {
  for (let from = 0; from < path.length; from += 1) {
    for (let to = from + 1; to < path.length; to += 1) {
      const [a, b] = [path[from], path[to]]
      if (a === undefined || b === undefined) continue
      const allowed = (to - from + 1 + stepCreditMax) * stride + 0.02
      const went = Math.hypot(b.x - a.x, b.y - a.y)
      assert.ok(went <= allowed, `${went} m in ${to - from} ticks, ${allowed} are allowed`)
    }
  }
}

test('who floods as much as the gate lets through is no faster, and disturbs nobody', async () => {
  const made = await together('flood')
  const { mallory } = made
  const path = await watch(made, 120, (tick) => {
    // Stands still now and then, to save up and then dash.
    if (tick % 40 < 12) return
    const direction = tick % 80 < 40 ? 4 : 20
    for (let sent = 0; sent < 3; sent += 1) {
      send(mallory, 'walk', Uint8Array.of(direction, 255), { sequence: tick * 3 + sent })
    }
  })
  assert.equal(path.length, 120)
  const moved = path.some(
    ({ x, y }) => Math.hypot(x - (path[0]?.x ?? 0), y - (path[0]?.y ?? 0)) > 1,
  )
  assert.ok(moved, 'Mallory does walk')
  assertNoFaster(path)
  assertUndisturbed(made)
})

test('who floods beyond that is dropped, then cut off, and nobody else notices', async () => {
  const made = await together('deluge')
  const { mallory } = made
  const path = await watch(made, 60, (tick) => {
    for (let sent = 0; sent < 200; sent += 1) {
      send(mallory, 'walk', Uint8Array.of(tick % 32, 255), { sequence: tick * 200 + sent })
      send(mallory, 'strike', Uint8Array.of(sent), { sequence: tick * 200 + sent, seen: sent })
    }
  })
  assertNoFaster(path)
  assert.ok(mallory.closed, 'still connected')
  assertUndisturbed(made)
})

test('sequence numbers that repeat, jump and fall back gain nothing', async () => {
  const made = await together('sequences')
  const { mallory } = made
  const numbers = [1, 1, 0, 7, 3, largest, 2, largest, 8, 2 ** 32, 1]
  const path = await watch(made, 88, (tick) => {
    const sequence = numbers[tick % numbers.length] ?? 0
    send(mallory, 'walk', Uint8Array.of(12, 255), { sequence, seen: largest })
    send(mallory, 'walk', Uint8Array.of(28, 255), { sequence: 0, seen: 1 })
  })
  assertNoFaster(path)
  assert.equal(mallory.closed, false)
  assertUndisturbed(made)
})

test('any numbers and any bytes move nobody out of the world and break nothing', async () => {
  const made = await together('numbers')
  const { mallory } = made
  const odd = [Number.NaN, Infinity, -Infinity, -0, 1e308, -1e308, 5e-324]
  const floats = odd.map((value) => {
    const bytes = new Uint8Array(16)
    new DataView(bytes.buffer).setFloat64(0, value)
    new DataView(bytes.buffer).setFloat64(8, value, true)
    return bytes
  })
  const inputs = fc.sample(fc.uint8Array({ maxLength: 300 }), { numRuns: 150, seed: 4 })
  const numbers = [0, 1, 15, 16, 2 ** 31, 2 ** 32, largest]
  const path = await watch(made, 80, (tick) => {
    const name = commandNumbers[tick % commandNumbers.length] ?? ''
    const told = {
      sequence: numbers[tick % numbers.length] ?? 0,
      seen: numbers[(tick * 3) % numbers.length] ?? 0,
    }
    send(mallory, name, inputs[tick] ?? nobody, told)
    send(mallory, name, floats[tick % floats.length] ?? nobody, told)
    // Commands that do not exist, of channels that do not exist.
    const body = { channel: tick, command: tick, sequence: 1, seen: 1, input: nobody }
    if (tick !== 1) mallory.say('commandUnreliable', body)
  })
  assertNoFaster(path)
  assert.equal(mallory.closed, false)
  const codes = new Set(mallory.of('fail').map(({ error }) => error))
  assert.ok(codes.has('UNKNOWN_CHANNEL'))
  for (const code of codes) assert.match(code, /^(SCHEMA_|UNKNOWN_)/)
  assertUndisturbed(made)
})

test('whoever joins with what is no look and no name is refused', async () => {
  const { sim, stranger } = await simGame(game, 'doors')
  for (const [index, options] of [
    new Uint8Array(0),
    new Uint8Array(200).fill(255),
    Uint8Array.of(255, 255, 99),
  ].entries()) {
    const mallory = await stranger(`Mallory${index}`)
    mallory.join(block, options)
    await sim.run(500)
    assert.match(mallory.of('fail')[0]?.error ?? '', /^SCHEMA_/)
  }
  assert.deepEqual(sim.errors, [])
})

// ── strikes into the past ───────────────────────────────────────────────────────────────────

const lane = { x: 250, y: 250 }
const wolfMetresPerTick = 0.4
const secondsAway = 4

/** A wolf runs past a player who stands still, and away; it is within reach for some ticks. */
const gauntlet = defineGame({
  worlds: {
    lane: defineWorld(
      {
        size: { width: worldEdge, height: worldEdge },
        ...{ viewRadius, rewindMs, events, entities: kinds, avatar: Player },
      },
      {
        join: (world) => {
          const way = (secondsAway / tickSeconds) * wolfMetresPerTick
          const wolf = { x: lane.x, y: lane.y + 1 - way, hp: 5000, species: 2 }
          world.spawn(Monster, wolf)
          return world.spawn(Player, { ...lane, hp: 100, hpMax: 100 })
        },
        step: (world) => {
          for (const wolf of world.all(Monster)) wolf.y += wolfMetresPerTick
        },
        commands: {
          strike: command({ facing: u8 }, (world, me) => strike(world, me, Math.PI / 2)),
          slay: command({ facing: u8 }, (world) => {
            for (const wolf of world.all(Monster)) wolf.hp = 0
          }),
          banish: command({ facing: u8 }, (world) => {
            for (const wolf of world.all(Monster)) world.despawn(wolf)
          }),
        },
      },
    ),
  },
})

/**
 * Strikes `agoMs` after the wolf was at its nearest, claiming to see `seen(then)`, where `then` is
 * that moment as a client would tell it.
 * @returns what the wolf has lost, as far as anybody sees
 */
async function lateStrike(agoMs: number, seen: (then: number) => number, before?: number) {
  const made = await simGame(gauntlet, `lane ${agoMs}`)
  const { sim } = made
  const { realm } = await made.player('Bea')
  const world = await sim.until(realm.worlds.lane.join())
  world.feel.compensation = false
  const mallory = await made.stranger('Mallory')
  mallory.join(0, new Uint8Array(0))
  const wolfOf = () => [...world.entities.values()].find(({ kind }) => kind === 'Monster')
  // Mallory's own wolf is the second; the first has passed long ago when it comes.
  let nearest = 0
  for (let waited = 0; nearest === 0 && waited < 10_000; waited += 10) {
    await sim.run(10)
    const frame = mallory.of('world').length
    const wolf = [...world.entities.values()].filter(({ kind }) => kind === 'Monster').at(-1)
    if (frame > 0 && wolf !== undefined && wolf.y >= lane.y) nearest = sim.clock.now()
  }
  assert.ok(nearest > 0 && wolfOf() !== undefined)
  const { tick } = lastFrame(mallory)
  await sim.run(agoMs)
  if (before !== undefined) {
    mallory.say('command', { channel: 1, command: before, sequence: 1, seen: 0, input: nobody1 })
    await sim.run(100)
  }
  const seenNow = seen(tick * 16)
  mallory.say('command', { channel: 1, command: 0, sequence: 2, seen: seenNow, input: nobody1 })
  await sim.run(300)
  assert.deepEqual(mallory.of('fail'), [])
  let lost = 0
  for (const one of world.entities.values()) {
    if (one.kind === 'Monster' && one.fields.hp > 0) lost += 5000 - one.fields.hp
  }
  return lost
}
const nobody1 = Uint8Array.of(0)

/** Head of the newest frame: channel and tick, both small numbers. */
function lastFrame(mallory: SimStranger): { tick: number } {
  const body = mallory.of('world').at(-1)
  assert.ok(body)
  const low = body[1] ?? 0
  return { tick: low < 128 ? low : (low & 127) + (body[2] ?? 0) * 128 }
}

test('a strike hits what was seen within the bound, and no more than that', async () => {
  const reach = weapons[0]?.reach ?? 0
  assert.ok(reach < (rewindMs / tickMs) * wolfMetresPerTick)
  assert.ok((await lateStrike(0, (then) => then)) > 0, 'at once')
  assert.ok((await lateStrike(600, (then) => then)) > 0, 'what was seen')
  assert.equal(await lateStrike(600, () => 0), 0, 'without a word of what was seen')
  assert.equal(await lateStrike(600, () => largest), 0, 'in the future')
  // Long ago: no farther back than the bound, where the wolf was already gone.
  assert.equal(await lateStrike(1600, (then) => then), 0, 'beyond the bound')
  assert.equal(await lateStrike(1600, () => 1), 0, 'at the beginning of time')
})

test('a strike at what is dead or gone by now hits nothing, though it was seen alive', async () => {
  assert.equal(await lateStrike(300, (then) => then, 1), 0, 'dead')
  assert.equal(await lateStrike(300, (then) => then, 2), 0, 'gone')
})
