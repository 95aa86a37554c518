import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bytesArray, integerArray, parseBytes, parseIntegers, textArray } from './arrays.ts'

/** The elements of a one-dimensional array in PostgreSQL's binary format. */
function elementsOf(array: Buffer, type: number): Buffer[] {
  assert.equal(array.readInt32BE(8), type)
  if (array.readInt32BE(0) === 0) return []
  const elements: Buffer[] = []
  let offset = 20
  for (let left = array.readInt32BE(12); left > 0; left -= 1) {
    const length = array.readInt32BE(offset)
    elements.push(array.subarray(offset + 4, offset + 4 + length))
    offset += 4 + length
  }
  assert.equal(offset, array.length, 'nothing is left over')
  return elements
}

describe('arrays of PostgreSQL', () => {
  it('hold texts as UTF-8', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const elements = elementsOf(textArray(texts), 25)
        assert.deepEqual(
          elements.map((element) => element.toString()),
          texts,
        )
      }),
    )
  })

  it('hold every whole number that is exact', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger()), (numbers) => {
        const elements = elementsOf(integerArray(numbers), 20)
        assert.deepEqual(
          elements.map((element) => element.readBigInt64BE()),
          numbers.map(BigInt),
        )
        assert.deepEqual(
          parseIntegers(`{${numbers.join(',')}}`),
          numbers.map((n) => n + 0),
        )
      }),
      { examples: [[[0, -1, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, 1 - 2 ** 53]]] },
    )
  })

  it('hold bytes, also none', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (values) => {
        const elements = elementsOf(bytesArray(values), 17)
        assert.deepEqual(
          elements.map((element) => new Uint8Array(element)),
          values.map((value) => new Uint8Array(value)),
        )
        for (const value of values) {
          const printed = `\\x${Buffer.from(value).toString('hex')}`
          assert.deepEqual(parseBytes(printed), new Uint8Array(value))
        }
      }),
    )
  })
})
