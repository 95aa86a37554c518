import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Reader, Writer } from '../schema/index.ts'
import { RecordedAnswers } from './recorded-answers.ts'

function reread(answers: RecordedAnswers): RecordedAnswers {
  const writer = new Writer()
  answers.write(writer)
  const reader = new Reader(writer.finish())
  const read = new RecordedAnswers()
  read.read(reader)
  reader.end()
  return read
}

describe('recorded answers', () => {
  it('are the last 32 within 64 KiB, in memory as in the blob', () => {
    const sizes = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 30_000 }))
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 120 }), (lengths) => {
        const answers = new RecordedAnswers()
        for (const [n, length] of lengths.entries()) {
          answers.add(`call-${n}`, new Uint8Array(length).fill(n))
        }
        let bytes = 0
        const kept = new Set<number>()
        for (let n = lengths.length - 1; n >= 0 && kept.size < 32; n -= 1) {
          const length = lengths[n] ?? 0
          bytes += length + `call-${n}`.length + 1 + (length > 16_383 ? 3 : length > 127 ? 2 : 1)
          if (bytes > 65_536 && kept.size > 0) break
          kept.add(n)
        }
        for (const one of [answers, reread(answers)]) {
          for (const [n, length] of lengths.entries()) {
            const expected = kept.has(n) ? new Uint8Array(length).fill(n) : undefined
            assert.deepEqual(one.find(`call-${n}`), expected, `call-${n}`)
          }
        }
      }),
    )
  })

  it('are copies, and what was taken back last is gone while the others stand', () => {
    const answers = new RecordedAnswers()
    for (let n = 0; n < 40; n += 1) {
      answers.add(`refused-${n}`, Uint8Array.of(0))
      answers.removeLast(`refused-${n}`)
      answers.add(`call-${n}`, Uint8Array.of(n))
    }
    answers.find('call-39')?.fill(255)
    for (const one of [answers, reread(answers)]) {
      assert.equal(one.find('refused-39'), undefined)
      assert.deepEqual(one.find('call-20'), Uint8Array.of(20))
      assert.deepEqual(one.find('call-39'), Uint8Array.of(39))
    }
  })
})
