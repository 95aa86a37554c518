import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Loot } from './entities.ts'
import { fakeWorld } from './fake-world.ts'
import { drop, stepLoot, take } from './loot.ts'
import { mindsOf, runSettled } from './minds.ts'
import { goldItem, lootLifeTicks } from './web/shared/rules.ts'

const meadow = { x: 282, y: 249 }

function find(fake: ReturnType<typeof fakeWorld>) {
  drop(fake.world, meadow.x, meadow.y, goldItem, 7)
  const [loot] = fake.world.all(Loot)
  assert.ok(loot)
  const mind = mindsOf(fake.world).loot.get(loot.id)
  assert.ok(mind)
  return { loot, mind }
}

function wait(fake: ReturnType<typeof fakeWorld>, ticks: number): void {
  for (let passed = 0; passed < ticks; passed += 1) {
    fake.tick()
    stepLoot(fake.world)
  }
}

test('nobody is told of loot, and it stays, until the hero has it', async () => {
  const fake = fakeWorld()
  fake.join('ada', meadow.x, meadow.y)
  find(fake)
  wait(fake, 20)
  assert.equal(fake.calls.length, 1)
  assert.deepEqual(fake.told, [])
  assert.equal([...fake.world.all(Loot)].length, 1)
  fake.calls[0]?.answer({ weapon: 0 })
  await fake.settle()
  runSettled(fake.world)
  assert.deepEqual(fake.told, [
    { to: 'ada', event: 'looted', payload: { item: goldItem, amount: 7 } },
  ])
  assert.equal([...fake.world.all(Loot)].length, 0)
})

test('of two players who stand on it exactly one gets it', async () => {
  const fake = fakeWorld()
  const ada = fake.join('ada', meadow.x, meadow.y)
  const bea = fake.join('bea', meadow.x, meadow.y)
  const { loot, mind } = find(fake)
  wait(fake, 20)
  take(fake.world, loot, mind, ada)
  take(fake.world, loot, mind, bea)
  wait(fake, 20)
  assert.equal(fake.calls.length, 1)
  fake.calls[0]?.answer({ weapon: 0 })
  await fake.settle()
  runSettled(fake.world)
  wait(fake, 20)
  assert.equal(fake.calls.length, 1)
  assert.equal(fake.told.length, 1)
})

test('what the store refused can be picked up again', async () => {
  const fake = fakeWorld()
  fake.join('ada', meadow.x, meadow.y)
  find(fake)
  wait(fake, 20)
  fake.calls[0]?.fail()
  await fake.settle()
  runSettled(fake.world)
  assert.deepEqual(fake.told, [])
  wait(fake, 3)
  assert.equal(fake.calls.length, 2)
})

test('the dead pick up nothing, and what nobody wants decays', () => {
  const fake = fakeWorld()
  const ada = fake.join('ada', meadow.x, meadow.y)
  ada.hp = 0
  find(fake)
  wait(fake, lootLifeTicks + 5)
  assert.equal(fake.calls.length, 0)
  assert.equal([...fake.world.all(Loot)].length, 0)
  assert.equal(mindsOf(fake.world).loot.size, 0)
})

test('a player who has left while the hero was given it does no harm', async () => {
  const fake = fakeWorld()
  const ada = fake.join('ada', meadow.x, meadow.y)
  find(fake)
  wait(fake, 20)
  fake.world.despawn(ada)
  fake.calls[0]?.answer({ weapon: 1 })
  await fake.settle()
  runSettled(fake.world)
  assert.equal([...fake.world.all(Loot)].length, 0)
})
