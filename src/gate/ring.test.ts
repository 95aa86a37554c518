import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DownlinkRing } from './ring.ts'

test('the ring gives back what was sent and not acknowledged, within its limits', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ acknowledge: fc.double({ min: 0, max: 1, noNaN: true }) }),
  )
  const property = fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 40, max: 400 }),
    fc.array(step, { maxLength: 200, size: 'max' }),
    fc.nat(),
    (messagesMax, bytesMax, steps, from) => {
      const ring = new DownlinkRing(messagesMax, bytesMax)
      const sent: Uint8Array[] = []
      let acknowledged = 0
      for (const step of steps) {
        if ('push' in step) {
          const message = new Uint8Array(step.push)
          sent.push(message)
          ring.push(message)
        } else {
          acknowledged = Math.max(acknowledged, Math.floor(step.acknowledge * sent.length))
          assert.equal(ring.acknowledge(acknowledged), true)
        }
        assert.equal(ring.last, sent.length)
        assert.ok(ring.messages <= messagesMax && ring.bytes <= bytesMax)
      }
      const count = acknowledged + (from % (sent.length - acknowledged + 1))
      const { missed, messages } = ring.after(count)
      const lacking = sent.slice(count)
      assert.equal(missed + messages.length, lacking.length)
      for (const [index, message] of messages.entries()) {
        assert.equal(message, lacking[missed + index], 'the very same bytes')
      }
      // Nothing is given up that would have fitted.
      if (missed > 0) {
        const bytes = lacking.slice(missed - 1).reduce((sum, { length }) => sum + length, 0)
        assert.ok(messages.length + 1 > messagesMax || bytes > bytesMax)
      }
      assert.equal(ring.acknowledge(sent.length + 1), false)
    },
  )
  fc.assert(property, { numRuns: 500 })
})
