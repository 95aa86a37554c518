import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { gateTiles } from '../actor/index.ts'
import { type TileGrid, tileGrid } from '../protocol/index.ts'
import type { GateLimits } from './limits.ts'
import type { FakeSocket } from './test-kit/fake-socket.ts'
import {
  blocks,
  demoGame,
  descriptor,
  type Fixture,
  fixture,
  frontierBlock,
} from './test-kit/fixture.ts'
import { ModelSight, ModelWorld } from './test-kit/model-world.ts'
import { settled } from './test-kit/virtual-clock.ts'

const address = 'world/frontier/main'
const grid = tileGrid(descriptor.width, descriptor.height, descriptor.tileEdge)
const none = new Uint8Array(0)

/** A player in the world: its sockets one after the other, and what it has seen. */
interface Bot {
  socket: FakeSocket
  readonly session: string
  sight: ModelSight
  token: string
  read: number
  numbered: number
}

interface Scene {
  readonly gate: Fixture
  readonly world: ModelWorld
  readonly bots: Bot[]
  join(): Promise<Bot>
  look(bot: Bot, x: number, y: number, radius?: number, me?: number): void
  tick(): Promise<void>
  /** A tick that is lost on its way to the gate. */
  loseTick(): void
  resume(bot: Bot): Promise<void>
}

async function scene(limits: Partial<GateLimits> = {}, of: TileGrid = grid): Promise<Scene> {
  const gate = await fixture({ limits })
  const world = new ModelWorld(of)
  gate.host.answer = ({ message }) => {
    world.take(message)
    return none
  }
  const bots: Bot[] = []
  const readAll = (): void => {
    for (const bot of bots) {
      const { messages } = bot.socket
      for (const message of messages.slice(bot.read)) {
        if (message.type === 'world') bot.sight.take(message.body)
        else if (message.type === 'reply') bot.numbered += 1
      }
      bot.read = messages.length
    }
  }
  return {
    gate,
    world,
    bots,
    async join() {
      const socket = await gate.enter()
      const { session, resumeToken: token } = socket.welcomed()
      const bot = { socket, session, token, sight: new ModelSight(), read: 0, numbered: 0 }
      const mode = 0
      socket.say('join', {
        id: 1,
        block: blocks.frontier,
        mode,
        key: '',
        channel: 3,
        options: none,
      })
      await settled()
      bots.push(bot)
      return bot
    },
    look(bot, x, y, radius = 50, me = 7) {
      world.view({ session: bot.session, x, y, radius, me })
    },
    async tick() {
      await gate.clock.advance(50)
      gate.node.toGate(gateTiles, { address, batch: world.step() })
      await settled()
      readAll()
    },
    loseTick() {
      world.step()
    },
    async resume(bot) {
      bot.socket.drop()
      await settled()
      bot.socket = gate.connect()
      const { session, token, numbered: received } = bot
      bot.socket.hello({ type: 'resume', session, token, received })
      await settled()
      bot.token = bot.socket.welcomed().resumeToken
      bot.sight = new ModelSight()
      bot.read = 0
      readAll()
    },
  }
}

function seen(bot: Bot): number[] {
  return [...bot.sight.tiles.keys()].sort((a, b) => a - b)
}

function assertTrue(bot: Bot, world: ModelWorld): void {
  for (const [tile, { value }] of bot.sight.tiles) assert.equal(value, world.content[tile])
}

describe('the feed of a world', () => {
  test('a tile begins with its keyframe and goes on with deltas', async () => {
    const { join, look, tick, world } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    world.change(210)
    await tick()
    assert.deepEqual(seen(bot), [])
    world.change(210)
    await tick()
    const tiles = seen(bot)
    assert.ok(tiles.length > 20 && tiles.includes(210))
    assert.deepEqual(world.subscribed, tiles)
    assert.equal(bot.sight.tiles.get(210)?.value, 2)
    world.change(210)
    world.change(0)
    await tick()
    assert.equal(bot.sight.tiles.get(210)?.value, 3)
    assert.deepEqual(bot.sight.frames.at(-1), { tick: 3, acknowledged: 0, me: 7, parts: 1 })
  })

  test('two views of a tile share one subscription and one keyframe', async () => {
    const { join, look, tick, gate, world } = await scene()
    const first = await join()
    const second = await join()
    look(first, 200, 200)
    look(second, 200, 200)
    await tick()
    await tick()
    assert.deepEqual(seen(first), seen(second))
    assert.equal(gate.host.ops('tiles').length, 1)
    first.socket.say('leave', { channel: 3 })
    await tick()
    assert.deepEqual(world.subscribed, seen(second))
    second.socket.say('leave', { channel: 3 })
    await tick()
    assert.deepEqual(world.subscribed, [])
  })

  test('nothing is sent where nothing changed, but once a second', async () => {
    const { join, look, tick, world, gate } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    for (let n = 0; n < 3; n++) await tick()
    const { length } = bot.sight.frames
    for (let n = 0; n < 40; n++) await tick()
    assert.equal(bot.sight.frames.length, length + 2)
    world.acknowledge(bot.session, 5)
    await tick()
    assert.deepEqual(bot.sight.frames.at(-1), { tick: 44, acknowledged: 5, me: 7, parts: 0 })
    look(bot, 200, 200, 50, 8)
    await tick()
    assert.equal(bot.sight.frames.at(-1)?.me, 8)
    assert.equal(gate.gate.stats().framesSent, bot.sight.frames.length)
  })

  test('a view that ends drops its tiles', async () => {
    const { join, look, tick, world } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    for (let n = 0; n < 3; n++) await tick()
    look(bot, 200, 200, 0, 0)
    await tick()
    assert.deepEqual(seen(bot), [])
    assert.deepEqual(world.subscribed, [])
  })

  test('after a resume everything begins with keyframes', async () => {
    const { join, look, tick, resume, world } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    for (let n = 0; n < 3; n++) await tick()
    const before = seen(bot)
    bot.socket.drop()
    await tick()
    assert.deepEqual(world.subscribed, [], 'nobody looks')
    world.change(210)
    look(bot, 260, 200)
    await tick()
    await resume(bot)
    await tick()
    assert.notDeepEqual(seen(bot), before)
    assert.ok(seen(bot).includes(213))
    assertTrue(bot, world)
  })

  test('who does not read gets no frames, and keyframes once it reads again', async () => {
    const { join, look, tick, world, gate } = await scene({ slowConsumerBytesMax: 1000 })
    const bot = await join()
    look(bot, 200, 200)
    for (let n = 0; n < 3; n++) await tick()
    const { length } = bot.sight.frames
    bot.socket.bufferedBytes = 1001
    world.change(210)
    for (let n = 0; n < 5; n++) await tick()
    assert.equal(bot.sight.frames.length, length)
    assert.equal(gate.gate.stats().framesSkipped, 5)
    look(bot, 230, 200)
    await tick()
    bot.socket.bufferedBytes = 0
    world.change(210)
    await tick()
    await tick()
    assertTrue(bot, world)
    assert.deepEqual(seen(bot), world.subscribed, 'what left the view meanwhile is dropped')
  })

  test('a keyframe that got lost is asked for again', async () => {
    const { join, look, tick, loseTick, gate } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    await tick()
    loseTick()
    for (let n = 0; n < 5; n++) await tick()
    assert.deepEqual(seen(bot), [])
    await gate.clock.advance(2000)
    await tick()
    assert.ok(seen(bot).length > 20)
  })

  test('a world that was restored from a checkpoint is asked for everything again', async () => {
    const { join, look, tick, world } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    for (let n = 0; n < 5; n++) await tick()
    world.crash(3)
    world.change(210)
    await tick()
    await tick()
    assert.deepEqual(world.subscribed, seen(bot))
    assertTrue(bot, world)
  })

  test('a world that is silent is asked again', async () => {
    const { join, look, tick, world, gate } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    for (let n = 0; n < 3; n++) await tick()
    world.crash(0)
    await gate.clock.advance(5000)
    assert.deepEqual(world.subscribed, seen(bot))
  })

  test('a world of another shape begins anew, once it runs', async () => {
    const { join, look, tick, world, gate } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    for (let n = 0; n < 3; n++) await tick()
    const wider = { ...descriptor, tileEdge: 40 }
    const { promise, resolve } = Promise.withResolvers<void>()
    const game = demoGame({ worlds: { frontier: frontierBlock(wider) } } as never)
    const replaced = gate.gate.replaceGame(game, () => promise)
    bot.sight = new ModelSight()
    world.change(210)
    await tick()
    assert.deepEqual(seen(bot), [], 'the old world is not heard any more')
    world.crash(0)
    resolve()
    await replaced
    await settled()
    await tick()
    const tiles = seen(bot)
    assert.ok(tiles.length > 5 && tiles.every((tile) => tile < 100))
    assert.ok(tiles.includes(55))
  })
})

type Step =
  | { readonly do: 'look'; readonly bot: number; readonly dx: number; readonly dy: number }
  | { readonly do: 'change'; readonly tile: number }
  | { readonly do: 'slow' | 'fast' | 'resume' | 'leave' | 'blind'; readonly bot: number }
  | { readonly do: 'tick' | 'join' | 'move' | 'crash' | 'wait' }

test('no client ever gets a delta that does not continue what it has, and all see the truth', async () => {
  const bot = fc.integer({ min: 0, max: 4 })
  const far = fc.integer({ min: -60, max: 60 })
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('look' as const), bot, dx: far, dy: far }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('change' as const),
        tile: fc.integer({ min: 0, max: grid.columns * grid.rows - 1 }),
      }),
    },
    { weight: 8, arbitrary: fc.constant({ do: 'tick' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('slow', 'fast', 'resume', 'leave', 'blind'),
        bot,
      }) as fc.Arbitrary<Step>,
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom('join', 'move', 'crash', 'wait'),
      }) as fc.Arbitrary<Step>,
    },
  )
  const property = fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
    const { gate, world, bots, join, look, tick, resume } = await scene()
    const places = new Map<Bot, { x: number; y: number }>()
    const left = new Set<Bot>()
    const enter = async (): Promise<void> => {
      const bot = await join()
      places.set(bot, { x: 200, y: 200 })
      look(bot, 200, 200)
    }
    await enter()
    for (const step of steps) {
      const bot = 'bot' in step ? bots[step.bot % bots.length] : undefined
      if (step.do === 'change') world.change(step.tile)
      else if (step.do === 'tick') await tick()
      else if (step.do === 'join' && bots.length < 5) await enter()
      else if (step.do === 'move') world.move()
      else if (step.do === 'crash') world.crash(2)
      else if (step.do === 'wait') await gate.clock.advance(1500)
      if (bot === undefined || left.has(bot)) continue
      const place = places.get(bot) as { x: number; y: number }
      if (step.do === 'look') {
        place.x += step.dx
        place.y += step.dy
        look(bot, place.x, place.y)
      } else if (step.do === 'blind') look(bot, place.x, place.y, 0)
      else if (step.do === 'slow') bot.socket.bufferedBytes = 1e9
      else if (step.do === 'fast') bot.socket.bufferedBytes = 0
      else if (step.do === 'resume') await resume(bot)
      else if (step.do === 'leave') {
        bot.socket.say('leave', { channel: 3 })
        await settled()
        left.add(bot)
      }
    }
    for (const bot of bots) {
      bot.socket.bufferedBytes = 0
      const { x, y } = places.get(bot) as { x: number; y: number }
      look(bot, x, y)
    }
    // Changes may be lost with a crash of the world, so each tile is told once more.
    for (let n = 0; n < 3; n++) await tick()
    await gate.clock.advance(4000)
    for (let n = 0; n < 3; n++) await tick()
    const all = new Set<number>()
    for (const bot of bots) {
      if (left.has(bot)) continue
      assertTrue(bot, world)
      for (const tile of bot.sight.tiles.keys()) all.add(tile)
      const { x, y } = places.get(bot) as { x: number; y: number }
      assert.ok(bot.sight.tiles.size > 0, `nothing is seen at ${x}, ${y}`)
    }
    assert.deepEqual(
      world.subscribed,
      [...all].sort((a, b) => a - b),
    )
  })
  await fc.assert(property, { numRuns: 300 })
})
