import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { demoGame } from './test-kit/fixture.ts'
import type { ModelWorld } from './test-kit/model-world.ts'
import { type Bot, grid, scene } from './test-kit/scene.ts'
import { settled } from './test-kit/virtual-clock.ts'

function assertTrue(bot: Bot, world: ModelWorld): void {
  for (const [tile, { value }] of bot.sight.tiles) assert.equal(value, world.content[tile])
}

/** Nobody is told of what is for others. */
function assertAllowed(
  bot: Bot,
  former: ModelWorld['extras'],
  { extras, layout, tick }: ModelWorld,
  audience: number,
): void {
  // Who gets nothing keeps what it was told before.
  if (bot.sight.frames.at(-1)?.tick !== tick) return
  for (const [stream, seen] of bot.sight.tiles) {
    // Numbers from before the world was started anew mean something else.
    if (seen.layout !== layout) continue
    const extra = extras.get(stream) ?? former.get(stream)
    if (extra === undefined || extra.audience === 0) continue
    assert.equal(extra.audience, audience, `stream ${stream} is for others`)
  }
}

type Step =
  | { readonly do: 'look'; readonly bot: number; readonly dx: number; readonly dy: number }
  | { readonly do: 'change'; readonly tile: number }
  | { readonly do: 'slow' | 'fast' | 'resume' | 'leave' | 'blind'; readonly bot: number }
  | { readonly do: 'belong'; readonly bot: number; readonly audience: number }
  | { readonly do: 'open'; readonly tile: number; readonly audience: number }
  | { readonly do: 'touch' | 'close'; readonly extra: number }
  | { readonly do: 'tick' | 'late' | 'join' | 'move' | 'crash' | 'replace' | 'wait' }

/** A stream ends after the gate has asked for everything anew, and before it was answered. */
const endedBeforeToldAgain: Step[] = [
  { do: 'open', tile: 400, audience: 0 },
  ...(['tick', 'late', 'replace', 'tick'] as const).map((name): Step => ({ do: name })),
  { do: 'close', extra: 0 },
  { do: 'tick' },
  { do: 'tick' },
]

/** A stream ends after a replacement, before those who were told of it by the former code are. */
const endedAfterReplacement: Step[] = [
  ...(['join', 'tick', 'tick'] as const).map((name): Step => ({ do: name })),
  { do: 'open', tile: 400, audience: 0 },
  { do: 'replace' },
  { do: 'look', bot: 0, dx: 0, dy: 0 },
  { do: 'slow', bot: 0 },
  { do: 'close', extra: 0 },
  { do: 'change', tile: 147 },
]

test('no client gets a delta that does not continue what it has; all see the truth', async () => {
  const bot = fc.integer({ min: 0, max: 4 })
  const far = fc.integer({ min: -40, max: 40 })
  // Mostly where the bots look, or nothing would be seen of it.
  const row = fc.integer({ min: 7, max: 13 })
  const nearby = fc.tuple(row, row).map(([row, column]) => row * grid.columns + column)
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('look' as const), bot, dx: far, dy: far }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('change' as const),
        tile: nearby,
      }),
    },
    { weight: 8, arbitrary: fc.constant({ do: 'tick' as const }) },
    { weight: 3, arbitrary: fc.constant({ do: 'late' as const }) },
    {
      weight: 4,
      arbitrary: fc.oneof<fc.Arbitrary<Step>[]>(
        fc.record({ do: fc.constant('belong' as const), bot, audience: fc.nat(2) }),
        fc.record({
          do: fc.constant('open' as const),
          tile: fc.oneof(nearby, fc.constant(grid.columns * grid.rows)),
          audience: fc.nat(2),
        }),
        fc.record({ do: fc.constantFrom('touch' as const, 'close' as const), extra: fc.nat(5) }),
      ),
    },
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
        do: fc.constantFrom('join', 'move', 'crash', 'replace', 'wait'),
      }) as fc.Arbitrary<Step>,
    },
  )
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 60, size: 'max' }),
    fc.constantFrom(256 * 1024, 400, 100),
    async (steps, worldBytesPerSecondMax) => {
      const scened = await scene({ worldBytesPerSecondMax })
      const { gate, world, bots, join, look, belong, tick: step, resume } = scened
      const audiences = new Map<Bot, number>()
      const tick = async (): Promise<void> => {
        const former = new Map(world.extras)
        await step()
        for (const bot of bots) assertAllowed(bot, former, world, audiences.get(bot) ?? 0)
      }
      /** Another incarnation tells everything again. */
      const tellAll = (): void => {
        for (const bot of bots) belong(bot, [audiences.get(bot) ?? 0])
      }
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
        else if (step.do === 'late') scened.tickLate()
        else if (step.do === 'join' && bots.length < 5) await enter()
        else if (step.do === 'move') {
          world.move()
          tellAll()
        } else if (step.do === 'open') world.open(step.tile, step.audience)
        else if (step.do === 'touch' || step.do === 'close') {
          const stream = [...world.extras.keys()][step.extra]
          if (stream !== undefined && step.do === 'touch') world.change(stream)
          else if (stream !== undefined) world.close(stream)
        } else if (step.do === 'replace') {
          const { promise, resolve } = Promise.withResolvers<void>()
          const replaced = gate.gate.replaceGame(demoGame(), () => promise)
          if (steps.length % 2 === 0) await tick()
          world.replace()
          tellAll()
          if (steps.length % 3 === 0) await tick()
          resolve()
          await replaced
          await settled()
        } else if (step.do === 'crash') {
          world.crash(2)
          tellAll()
        } else if (step.do === 'wait') await gate.clock.advance(1500)
        if (bot === undefined || left.has(bot)) continue
        const place = places.get(bot) as { x: number; y: number }
        if (step.do === 'look') {
          place.x += step.dx
          place.y += step.dy
          look(bot, place.x, place.y)
        } else if (step.do === 'blind') look(bot, place.x, place.y, 0)
        else if (step.do === 'belong') {
          audiences.set(bot, step.audience)
          belong(bot, [step.audience])
        } else if (step.do === 'slow') bot.socket.bufferedBytes = 1e9
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
      for (let n = 0; n < 20; n++) await tick()
      const all = new Set<number>()
      for (const bot of bots) {
        if (left.has(bot)) continue
        assertTrue(bot, world)
        for (const tile of bot.sight.tiles.keys()) if (!world.extras.has(tile)) all.add(tile)
        for (const [stream, { tile, audience }] of world.extras) {
          const inView = tile === grid.columns * grid.rows || bot.sight.tiles.has(tile)
          const mine = audience === 0 || audience === audiences.get(bot)
          assert.equal(bot.sight.tiles.has(stream), inView && mine, `stream ${stream}`)
        }
        const { x, y } = places.get(bot) as { x: number; y: number }
        assert.ok(bot.sight.tiles.size > 0, `nothing is seen at ${x}, ${y}`)
      }
      assert.deepEqual(
        world.subscribed,
        [...all].sort((a, b) => a - b),
      )
    },
  )
  const kept = [endedBeforeToldAgain, endedAfterReplacement]
  const examples = kept.map((steps): [Step[], number] => [steps, 256 * 1024])
  await fc.assert(property, { numRuns: 300, examples })
})
