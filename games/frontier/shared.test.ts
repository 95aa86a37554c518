import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { camps } from './web/shared/camps.ts'
import * as rules from './web/shared/rules.ts'
import { isWater, onBridge, roadY, villageDistance } from './web/shared/terrain.ts'
import { isFree, move, walkAll } from './web/shared/walk.ts'

const stride = rules.playerSpeed * rules.tickSeconds

test('levels and experience belong together', () => {
  for (let level = 1; level < rules.levelMax; level += 1) {
    assert.equal(rules.levelOfXp(rules.xpOfLevel(level)), level)
    if (level > 1) assert.equal(rules.levelOfXp(rules.xpOfLevel(level) - 1), level - 1)
  }
  assert.equal(rules.levelOfXp(-5), 1)
  assert.equal(rules.levelOfXp(1e12), rules.levelMax)
})

test('a direction is the one nearest to its angle', () => {
  for (let direction = 0; direction < rules.directions; direction += 1) {
    assert.equal(rules.directionOf(rules.angleOf(direction) + 0.05), direction)
    assert.equal(rules.directionOf(rules.angleOf(direction) - Math.PI * 2), direction)
  }
  assert.ok(Math.abs(rules.turnBetween(0.1, Math.PI * 2 - 0.1) + 0.2) < 1e-9)
})

test('nobody walks into water, trees or walls, wherever the way leads', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: rules.directions - 1 }), { maxLength: 60 }),
      fc.integer({ min: 0, max: 119 }),
      (way, number) => {
        const home = camps()[number % camps().length]
        assert.ok(home)
        const place = { x: home.x, y: home.y }
        for (const direction of way) {
          const { x, y } = place
          walkAll(place, { direction, steps: 4 })
          assert.ok(!isWater(place.x, place.y))
          assert.ok(Math.hypot(place.x - x, place.y - y) <= 4 * stride * 2)
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('a tree is walked around, not through', () => {
  const fire = rules.village
  const place = { x: fire.x - 3, y: fire.y + 0.05 }
  for (let step = 0; step < 40; step += 1) move(place, stride, 0, rules.bodyRadius)
  assert.ok(Math.hypot(place.x - fire.x, place.y - fire.y) >= 1 + rules.bodyRadius - 1e-6)
})

test('the road to the east crosses the river dry', () => {
  let bridges = 0
  for (let x = rules.village.x; x < rules.worldEdge - 60; x += 0.5) {
    const y = roadY(x)
    assert.ok(!isWater(x, y), `wet at ${x}`)
    if (onBridge(x, y)) bridges += 1
  }
  assert.ok(bridges > 10)
})

test('monsters have room, and none lives in the village', () => {
  assert.ok(camps().length >= 100)
  for (const { x, y, count, species } of camps()) {
    assert.ok(isFree(x, y, 1))
    assert.ok(villageDistance(x, y) > 25)
    assert.ok(count > 0 && rules.species[species] !== undefined)
  }
})
