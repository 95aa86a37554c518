import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { callIdOf, callIdText } from './call-id.ts'

it('the id of a call is what its text says, however that ends', () => {
  const part = fc.oneof(fc.string({ maxLength: 5 }), fc.nat({ max: 2 ** 53 }).map(String))
  const texts = fc.oneof(
    fc.array(part, { maxLength: 4 }).map((parts) => parts.join('.')),
    fc.constantFrom('s.01', 's.-1', 's.1e3', 's.', '.7', 's. 7', `s.${2 ** 53 - 1}`, 's.7.8'),
  )
  fc.assert(fc.property(texts, (text) => assert.equal(callIdText(callIdOf(text)), text)))
  assert.deepEqual(callIdOf('s.7.8'), { series: 's.7', number: 8 })
  assert.deepEqual(callIdOf('s.0'), { series: 's', number: 0 })
  assert.deepEqual(callIdOf('s.07'), { series: 's.07', number: -1 })
})
