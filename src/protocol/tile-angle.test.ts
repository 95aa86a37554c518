import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { angle, encode } from '../schema/index.ts'
import { angleAt, angleDifference, angleIndex } from './tile-angle.ts'

describe('angles of tile streams', () => {
  it('are what the schema makes of them, to the last bit', () => {
    const radians = fc.oneof(
      fc.double({ min: -20, max: 20, noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    )
    fc.assert(
      fc.property(radians, fc.integer({ min: 1, max: 16 }), (value, bits) => {
        const type = angle(bits)
        const index = angleIndex(value, 2 ** bits)
        assert.equal(angleAt(index, 2 ** bits), type.check(value))
        const bytes = encode(type, value)
        assert.equal(index, (bytes[0] as number) | ((bytes[1] ?? 0) << 8))
        assert.equal(angleIndex(angleAt(index, 2 ** bits), 2 ** bits), index)
      }),
    )
  })

  it('go the shorter way round', () => {
    assert.equal(angleDifference(250, 3, 256), 9)
    assert.equal(angleDifference(3, 250, 256), -9)
    assert.equal(angleDifference(0, 128, 256), -128)
    assert.equal(angleDifference(1, 0, 2), -1)
  })
})
