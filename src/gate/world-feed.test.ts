import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { demoGame, descriptor, frontierBlock } from './test-kit/fixture.ts'
import { ModelSight, type ModelWorld } from './test-kit/model-world.ts'
import { type Bot, scene } from './test-kit/scene.ts'
import { settled } from './test-kit/virtual-clock.ts'

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
    world.acknowledge(bot.stay, 5)
    await tick()
    assert.deepEqual(bot.sight.frames.at(-1), { tick: 44, acknowledged: 5, me: 7, parts: 0 })
    look(bot, 200, 200, 50, 8)
    await tick()
    assert.equal(bot.sight.frames.at(-1)?.me, 8)
    assert.equal(gate.gate.stats().framesSent, bot.sight.frames.length)
  })

  test('who holds a stream gets its checksum, and who doubts it a proof', async () => {
    const { join, look, tick, world, gate } = await scene()
    const [bot, other] = [await join(), await join()]
    look(bot, 200, 200)
    look(other, 20, 20)
    for (let n = 0; n < 3; n++) await tick()
    world.check(210, 77)
    await tick()
    assert.deepEqual(bot.sight.checks, [{ tile: 210, sum: 77 }])
    assert.deepEqual(other.sight.checks, [], 'it sees nothing of that tile')
    for (const one of [bot, other]) one.socket.say('desync', { channel: 3, stream: 210, tick: 4 })
    await settled()
    world.change(210)
    await tick()
    const { layout } = world
    assert.deepEqual(bot.sight.proofs, [{ tile: 210, layout, value: 1 }], 'behind its delta')
    assert.deepEqual(other.sight.proofs, [])
    bot.socket.say('desync', { channel: 3, stream: 210, tick: 4 })
    bot.socket.say('desyncReport', { channel: 3, report: 'it was otherwise' })
    await settled()
    await tick()
    assert.equal(bot.sight.proofs.length, 1, 'once a second')
    assert.deepEqual(gate.host.ops('desync').length, 1)
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

  test('what got lost with a tick is asked for again', async () => {
    const { join, look, tick, loseTick, world } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    await tick()
    loseTick()
    await tick()
    assert.deepEqual(seen(bot), [])
    await tick()
    assert.ok(seen(bot).length > 20)
    world.change(210)
    loseTick()
    await tick()
    await tick()
    assertTrue(bot, world)
  })

  test('a keyframe of a former subscription is not taken for one of the present', async () => {
    const { join, look, tick, tickLate, resume, world } = await scene()
    const bot = await join()
    look(bot, 200, 200)
    await tick()
    // The keyframes are under way while the client goes, and something changes while nobody looks.
    tickLate()
    bot.socket.drop()
    await settled()
    world.change(210)
    tickLate()
    await resume(bot)
    await tick()
    await tick()
    assert.ok(seen(bot).includes(210))
    assertTrue(bot, world)
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

  test('a world that was moved sends everything as a whole, asked or not', async () => {
    const { join, look, tick, world } = await scene()
    const first = await join()
    look(first, 200, 200)
    for (let n = 0; n < 3; n++) await tick()
    world.move()
    // Another one asks for some of the same tiles in the same tick.
    const second = await join()
    look(second, 240, 200)
    await tick()
    for (let n = 0; n < 3; n++) {
      world.change(210)
      await tick()
    }
    assertTrue(first, world)
    assertTrue(second, world)
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
