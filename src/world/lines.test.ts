import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineWorld, entity } from './index.ts'

const Hero = entity({})
const shape = {
  size: { width: 100, height: 100 },
  viewRadius: 10,
  entities: { Hero },
  avatar: Hero,
}

describe('lines', () => {
  const withLines = (lines: string[]) =>
    defineWorld({ ...shape, lines }, { join: (world) => world.spawn(Hero, { x: 0, y: 0 }) })

  it('are those the game names, and the main one', () => {
    const { admitsKey: admits } = withLines([])
    assert.deepEqual(
      ['main', 'night'].map((key) => admits?.(key)),
      [true, false],
    )
    const { admitsKey } = withLines(['night'])
    assert.deepEqual(
      ['main', 'night', 'noon', 'toString'].map((key) => admitsKey?.(key)),
      [true, true, false, false],
    )
  })

  it('need names that are keys', () => {
    for (const lines of [['a/b'], [''], Array.from({ length: 2000 }, (_, n) => `l${n}`)]) {
      assert.throws(() => withLines(lines), { code: 'GAME_INVALID' })
    }
  })
})
