import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createScene, VIEW_RADIUS } from '../../scene.ts'
import { createInterest } from './interest.ts'

for (const visible of [25, 100, 280]) {
  test(`the grid finds everybody in range, about ${visible} visible`, () => {
    const scene = createScene({ visible, avatars: 1000, seed: 3 })
    const reported = new Set<string>()
    const interest = createInterest(scene, (a, b, sees) => {
      const key = a < b ? `${a} ${b}` : `${b} ${a}`
      assert.equal(reported.has(key), !sees, `${key} was reported twice`)
      if (sees) reported.add(key)
      else reported.delete(key)
    })
    for (let tick = 0; tick < 60; tick++) {
      scene.step()
      interest.update()
    }
    for (let a = 0; a < scene.avatars; a++) {
      for (let b = a + 1; b < scene.avatars; b++) {
        const dx = (scene.x[a] ?? 0) - (scene.x[b] ?? 0)
        const dy = (scene.y[a] ?? 0) - (scene.y[b] ?? 0)
        const metresOver = (Math.hypot(dx, dy) - VIEW_RADIUS) / 32
        const sees = interest.sees(a, b)
        if (metresOver <= 0) assert.ok(sees, `${a} does not see ${b}`)
        if (metresOver > 1) assert.ok(!sees, `${a} still sees ${b}`)
        assert.equal(reported.has(`${a} ${b}`), sees)
        assert.equal(interest.sees(b, a), sees)
      }
    }
  })
}
