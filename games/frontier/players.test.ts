import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fakeWorld } from './fake-world.ts'
import game from './game.ts'
import { mindOf, runSettled } from './minds.ts'
import { drink, say, stepPlayers, walk } from './players.ts'
import { playerSpeed, stepCreditMax, tickSeconds, walkStepsMax } from './web/shared/rules.ts'

const meadow = { x: 282, y: 249 }
const stride = playerSpeed * tickSeconds

test('a walk command moves its player by one step at once', () => {
  const { world, join } = fakeWorld()
  const me = join('ada', meadow.x, meadow.y)
  walk(world, me, { direction: 0, steps: 1 })
  assert.ok(Math.abs(me.x - meadow.x - stride) < 1e-9)
  assert.equal(me.y, meadow.y)
})

test('who floods walk commands is no faster than who does not', () => {
  const { world, join, tick } = fakeWorld()
  const me = join('ada', meadow.x, meadow.y)
  const ticks = 20
  for (let passed = 0; passed < ticks; passed += 1) {
    for (let flood = 0; flood < 50; flood += 1) walk(world, me, { direction: 0, steps: 255 })
    tick()
    stepPlayers(world)
  }
  const walked = Math.hypot(me.x - meadow.x, me.y - meadow.y)
  assert.ok(walked <= (ticks + stepCreditMax) * stride + 1e-9, `walked ${walked} m`)
})

test('no walk command, however odd, moves anybody faster than the limit', () => {
  const commands = fc.array(
    fc.record({ direction: fc.integer({ min: 0, max: 255 }), steps: fc.nat({ max: 255 }) }),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(fc.array(commands, { minLength: 1, maxLength: 40 }), (ticks) => {
      const { world, join, tick } = fakeWorld()
      const me = join('ada', meadow.x, meadow.y)
      for (const inTick of ticks) {
        for (const command of inTick) walk(world, me, command)
        tick()
        stepPlayers(world)
      }
      assert.ok(Number.isFinite(me.x) && Number.isFinite(me.y))
      const limit = (ticks.length + stepCreditMax) * stride + 1e-9
      assert.ok(Math.hypot(me.x - meadow.x, me.y - meadow.y) <= limit)
    }),
    { numRuns: 300 },
  )
})

test('the schema keeps out what is no direction', () => {
  const { commands } = game.spec.worlds.frontier.describe()
  const walking = commands.findIndex(({ name }) => name === 'walk')
  const input = game.spec.worlds.frontier.inputs[walking]
  for (const direction of [Number.NaN, -1, 1e9, Number.POSITIVE_INFINITY, '3', 0.5]) {
    assert.throws(() => input?.check({ direction, steps: 1 } as never), { code: 'SCHEMA_INVALID' })
  }
  assert.throws(() => input?.check({ direction: 1, steps: 1, dx: 1e9 } as never))
})

test('one command walks its number of steps and no more', () => {
  const { world, join, tick } = fakeWorld()
  const me = join('ada', meadow.x, meadow.y)
  walk(world, me, { direction: 0, steps: 200 })
  for (let passed = 0; passed < 40; passed += 1) {
    tick()
    stepPlayers(world)
  }
  assert.ok(Math.abs(me.x - meadow.x - walkStepsMax * stride) < 1e-9)
})

test('the dead neither walk nor talk their way back', () => {
  const { world, join, tick } = fakeWorld()
  const me = join('ada', meadow.x, meadow.y)
  me.hp = 0
  mindOf(world, me).respawnAt = world.tick + 3
  walk(world, me, { direction: 0, steps: 5 })
  assert.equal(me.x, meadow.x)
  for (let passed = 0; passed < 3; passed += 1) {
    tick()
    stepPlayers(world)
  }
  assert.equal(me.hp, me.hpMax)
  assert.notEqual(me.x, meadow.x)
})

test('who talks too fast is not heard, and control characters are not said', () => {
  const { world, join, near } = fakeWorld()
  const me = join('ada', meadow.x, meadow.y)
  for (let said = 0; said < 30; said += 1) say(world, me, `hi\u0000\u202e ${said}`)
  assert.equal(near.length, 3)
  assert.deepEqual(near[0]?.payload, { who: me.id, text: 'hi  0' })
  say(world, me, ' \n ')
  assert.equal(near.length, 3)
})

test('a potion heals only once the hero has given it', async () => {
  const { world, join, calls, settle } = fakeWorld()
  const me = join('ada', meadow.x, meadow.y)
  me.hp = 10
  drink(world, me)
  drink(world, me)
  assert.equal(calls.length, 1, 'a second sip waits for the first')
  assert.equal(me.hp, 10)
  calls[0]?.answer({ left: 1 })
  await settle()
  runSettled(world)
  assert.equal(me.hp, 70)
  drink(world, me)
  calls[1]?.fail()
  await settle()
  runSettled(world)
  assert.equal(me.hp, 70)
})
