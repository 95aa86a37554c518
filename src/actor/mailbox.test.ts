import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Mailbox } from './mailbox.ts'

interface Step {
  readonly op: 'push' | 'shift' | 'remove' | 'clear'
  readonly of: number
}

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'remove', 'clear'),
  of: fc.nat(5),
})

describe('a mailbox', () => {
  it('is as an array that is pushed to and shifted from, whatever comes in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const [mailbox, model] = [new Mailbox<number>(), [] as number[]]
        for (const [at, one] of steps.entries()) {
          if (one.op === 'push') {
            mailbox.push(at)
            model.push(at)
          } else if (one.op === 'shift') assert.equal(mailbox.shift(), model.shift())
          else if (one.op === 'clear') assert.deepEqual(mailbox.clear(), model.splice(0))
          else {
            const from = model.findIndex((item) => item % 6 === one.of)
            const expected = from < 0 ? undefined : model.splice(from, 1)[0]
            assert.equal(
              mailbox.remove((item) => item % 6 === one.of),
              expected,
            )
          }
          assert.equal(mailbox.size, model.length)
          assert.deepEqual([...mailbox], model)
        }
      }),
    )
  })

  it('goes on after it held more than it keeps room for', () => {
    const mailbox = new Mailbox<number>()
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 5000; n += 1) mailbox.push(n)
      for (let n = 0; n < 5000; n += 1) assert.equal(mailbox.shift(), n)
      assert.equal(mailbox.shift(), undefined)
    }
  })
})
