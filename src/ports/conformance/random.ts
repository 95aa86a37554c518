import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Random } from '../random.ts'

/** Registers what every `Random` must do. */
export function randomConformance(name: string, make: () => Random): void {
  describe(`random: ${name}`, () => {
    it('draws whole u32, evenly', () => {
      const random = make()
      const buckets = new Array<number>(16).fill(0)
      for (let draw = 0; draw < 16_000; draw += 1) {
        const value = random.u32()
        assert.ok(Number.isInteger(value) && value >= 0 && value < 2 ** 32)
        const bucket = Math.floor(value / 2 ** 28)
        buckets[bucket] = (buckets[bucket] ?? 0) + 1
      }
      // Six standard deviations around 1,000: wrong once in hundreds of millions of runs.
      for (const count of buckets) assert.ok(Math.abs(count - 1000) < 184, String(buckets))
    })

    it('draws floats of at least 0 and below 1 with fine steps', () => {
      const random = make()
      let sum = 0
      let fine = false
      for (let draw = 0; draw < 10_000; draw += 1) {
        const value = random.float()
        assert.ok(value >= 0 && value < 1)
        sum += value
        fine ||= (value * 2 ** 32) % 1 !== 0
      }
      assert.ok(Math.abs(sum / 10_000 - 0.5) < 0.02)
      assert.ok(fine, 'floats carry more than 32 bits')
    })

    it('gives as many bytes as asked for', () => {
      const random = make()
      assert.equal(random.bytes(0).length, 0)
      assert.equal(random.bytes(100_001).length, 100_001)
      assert.notDeepEqual(random.bytes(32), random.bytes(32))
      const large = random.bytes(100_001)
      assert.ok(new Set(large.subarray(90_000)).size > 200, 'the end is filled as well')
    })

    it('gives identifiers of 16 characters that do not repeat', () => {
      const random = make()
      const seen = new Set<string>()
      for (let draw = 0; draw < 5_000; draw += 1) {
        const id = random.id()
        assert.match(id, /^[0-9a-z]{16}$/)
        seen.add(id)
      }
      assert.equal(seen.size, 5_000)
      assert.equal(new Set([...seen].join('')).size, 36, 'the whole alphabet is used')
    })
  })
}
