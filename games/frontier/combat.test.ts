import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maul, strike } from './combat.ts'
import { Monster } from './entities.ts'
import { fakeWorld } from './fake-world.ts'
import { mindOf, mindsOf, runSettled } from './minds.ts'
import { bear, populate, stepMonsters } from './monsters.ts'
import { stepPlayers } from './players.ts'
import { camps } from './web/shared/camps.ts'
import { species, strikeCooldownTicks } from './web/shared/rules.ts'

const meadow = { x: 282, y: 249 }

function duel(distance: number) {
  const fake = fakeWorld()
  const me = fake.join('ada', meadow.x, meadow.y)
  const monster = bear(fake.world, 0)
  assert.ok(monster)
  monster.x = meadow.x + distance
  monster.y = meadow.y
  return { ...fake, me, monster, full: monster.hp }
}

test('a strike wounds what is within reach and arc', () => {
  const { world, me, monster, full } = duel(1.5)
  strike(world, me, 0)
  assert.ok(monster.hp < full)
  assert.equal(me.swing, 1)
})

test('a strike out of reach does nothing', () => {
  const { world, me, monster, full } = duel(5)
  strike(world, me, 0)
  assert.equal(monster.hp, full)
})

test('a strike to the other side does nothing', () => {
  const { world, me, monster, full } = duel(2)
  strike(world, me, Math.PI)
  assert.equal(monster.hp, full)
})

test('strikes within the cooldown do nothing', () => {
  const { world, me, monster, tick } = duel(1.5)
  strike(world, me, 0)
  const after = monster.hp
  for (let passed = 1; passed < strikeCooldownTicks; passed += 1) {
    tick()
    for (let flood = 0; flood < 20; flood += 1) strike(world, me, 0)
  }
  assert.equal(monster.hp, after)
  assert.equal(me.swing, 1)
  tick()
  strike(world, me, 0)
  assert.ok(monster.hp < after)
})

test('the dead strike nobody', () => {
  const { world, me, monster, full } = duel(1.5)
  me.hp = 0
  strike(world, me, 0)
  assert.equal(monster.hp, full)
})

test('a slain monster is worth its experience to everyone who struck it, once', async () => {
  const { world, me, monster, calls, tick, join, settle } = duel(1.5)
  const bea = join('bea', meadow.x + 3, meadow.y)
  strike(world, me, 0)
  monster.hp = 1
  strike(world, bea, Math.PI)
  assert.equal(monster.hp, 0)
  const { xp } = species[monster.species] ?? { xp: -1 }
  tick()
  strike(world, me, 0)
  stepPlayers(world)
  const rewards = calls.filter(({ call }) => call === 'reward')
  assert.deepEqual(
    rewards.map(({ key, input }) => [key, input]),
    [
      ['ada', { xp, kills: 1 }],
      ['bea', { xp, kills: 1 }],
    ],
  )
  for (const reward of rewards) reward.answer({ level: 2 })
  await settle()
  runSettled(world)
  assert.equal(me.level, 2)
  assert.equal(mindOf(world, me).xp, 0)
})

test('experience that could not be stored is kept and tried again', async () => {
  const { world, me, calls, tick, settle } = duel(30)
  mindOf(world, me).xp = 5
  tick()
  stepPlayers(world)
  calls[0]?.fail()
  await settle()
  runSettled(world)
  assert.equal(mindOf(world, me).xp, 5)
  for (let passed = 0; passed < 30; passed += 1) tick()
  stepPlayers(world)
  assert.equal(calls.length, 2)
})

test('who falls lies there for a while and comes back whole', () => {
  const { world, me, tick } = duel(30)
  maul(world, me, 10_000)
  assert.equal(me.hp, 0)
  maul(world, me, 10)
  tick()
  stepPlayers(world)
  assert.equal(me.hp, 0)
  for (let passed = 0; passed < 70; passed += 1) {
    tick()
    stepPlayers(world)
  }
  assert.equal(me.hp, me.hpMax)
})

test('camps fill up once, also when the world comes back, and the slain are born again', () => {
  const { world, tick } = fakeWorld()
  const wanted = camps().reduce((sum, { count }) => sum + count, 0)
  populate(world)
  assert.equal([...world.all(Monster)].length, wanted)
  mindsOf(world).beasts.clear()
  populate(world)
  assert.equal([...world.all(Monster)].length, wanted)
  const [first] = world.all(Monster)
  assert.ok(first)
  world.despawn(first)
  tick()
  stepMonsters(world)
  assert.equal([...world.all(Monster)].length, wanted - 1)
  for (let passed = 0; passed < 300; passed += 1) tick()
  stepMonsters(world)
  assert.equal([...world.all(Monster)].length, wanted)
})

test('a hungry wolf hunts, bites, and lets go at the end of its leash', () => {
  const { world, join, tick } = fakeWorld()
  const camp = camps().findIndex(({ species: number }) => number === 2)
  const wolf = bear(world, camp)
  assert.ok(wolf)
  const me = join('ada', wolf.x + 4, wolf.y)
  const before = me.hp
  for (let passed = 0; passed < 200 && me.hp === before; passed += 1) {
    tick()
    stepMonsters(world)
  }
  assert.ok(me.hp < before)
  me.x = wolf.x + 200
  for (let passed = 0; passed < 20; passed += 1) {
    tick()
    stepMonsters(world)
  }
  const mind = mindsOf(world).beasts.get(wolf.id)
  assert.ok(mind && Math.hypot(wolf.x - mind.homeX, wolf.y - mind.homeY) < 30)
})
