import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createScene,
  readTurn,
  type SceneSnapshot,
  STEP_MAX,
  sideFor,
  VIEW_RADIUS,
  writeCommand,
} from './scene.ts'

function visibleMean({ x, y }: SceneSnapshot): number {
  let pairs = 0
  for (let a = 0; a < x.length; a++) {
    for (let b = 0; b < x.length; b++) {
      const dx = (x[a] ?? 0) - (x[b] ?? 0)
      const dy = (y[a] ?? 0) - (y[b] ?? 0)
      if (dx * dx + dy * dy <= VIEW_RADIUS ** 2) pairs++
    }
  }
  return pairs / x.length
}

function walked(visible: number, ticks: number): SceneSnapshot[] {
  const scene = createScene({ visible, avatars: 1000, seed: 1 })
  let kept: SceneSnapshot[] = []
  scene.record(ticks, (snapshots) => {
    kept = snapshots
  })
  for (let tick = 0; tick < ticks; tick++) scene.step()
  return kept
}

for (const visible of [25, 100, 280]) {
  test(`a scene for ${visible} visible stays near that while everybody walks`, () => {
    const kept = walked(visible, 1_000)
    assert.equal(kept.length, 1_000)
    for (const index of [0, 500, 999]) {
      const mean = visibleMean(kept[index] as SceneSnapshot)
      assert.ok(Math.abs(mean / visible - 1) < 0.1, `${mean} at tick ${index + 1}`)
    }
  })
}

test('every avatar moves in every tick, by no more than a step', () => {
  const kept = walked(100, 200)
  for (let tick = 1; tick < kept.length; tick++) {
    const { x, y } = kept[tick] as SceneSnapshot
    const before = kept[tick - 1] as SceneSnapshot
    for (let avatar = 0; avatar < x.length; avatar++) {
      const dx = Math.abs((x[avatar] ?? 0) - (before.x[avatar] ?? 0))
      const dy = Math.abs((y[avatar] ?? 0) - (before.y[avatar] ?? 0))
      // A bounce in a corner can end within the quantum where it began.
      assert.ok(Math.hypot(dx, dy) <= STEP_MAX + 1, `avatar ${avatar} went ${dx}, ${dy}`)
      assert.ok(dx + dy > 0 || nearBorder(x[avatar] ?? 0, y[avatar] ?? 0, 100))
    }
  }
})

function nearBorder(x: number, y: number, visible: number): boolean {
  const side = sideFor(visible, 1000)
  return Math.min(x, y, side - x, side - y) <= STEP_MAX
}

test('the same seed gives the same walk, and a turn changes it', () => {
  const [one, other, turned] = [1, 2, 3].map(() =>
    createScene({ visible: 25, avatars: 1000, seed: 9 }),
  )
  if (!one || !other || !turned) throw new Error('three scenes are expected')
  turned.turn(7, 16_384)
  for (const scene of [one, other, turned]) for (let tick = 0; tick < 50; tick++) scene.step()
  assert.deepEqual([...one.x, ...one.y], [...other.x, ...other.y])
  assert.notDeepEqual([one.x[7], one.y[7]], [turned.x[7], turned.y[7]])
  assert.equal(turned.commands, 1)
})

test('a command carries its turn', () => {
  const bytes = new Uint8Array(20)
  for (const turn of [-32_768, -1, 0, 1, 32_767]) {
    writeCommand(bytes.subarray(2), 5, turn)
    assert.equal(readTurn(bytes, 2), turn)
  }
})

test('a square that cannot give the wanted count is refused', () => {
  assert.throws(() => sideFor(2_000, 1_000), RangeError)
  assert.throws(() => sideFor(2, 100_000), RangeError)
})
