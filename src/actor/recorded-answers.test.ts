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
  read.read(reader, 0)
  reader.end()
  return read
}

describe('recorded answers', () => {
  it('are the last 32 within 64 KiB in the blob, and more in memory', () => {
    const sizes = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 30_000 }))
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 120 }), (lengths) => {
        const answers = new RecordedAnswers()
        for (const [n, length] of lengths.entries()) {
          answers.add(`call-${n}`, new Uint8Array(length).fill(n), n)
        }
        let bytes = 0
        const kept = new Set<number>()
        for (let n = lengths.length - 1; n >= 0 && kept.size < 32; n -= 1) {
          const length = lengths[n] ?? 0
          bytes += length + `call-${n}`.length + 1 + (length > 16_383 ? 3 : length > 127 ? 2 : 1)
          if (bytes > 65_536 && kept.size > 0) break
          kept.add(n)
        }
        const read = reread(answers)
        for (const [n, length] of lengths.entries()) {
          const given = new Uint8Array(length).fill(n)
          const expected = kept.has(n) ? given : undefined
          assert.deepEqual(read.find(`call-${n}`), expected, `call-${n}`)
          if (kept.has(n)) assert.deepEqual(answers.find(`call-${n}`), given)
        }
      }),
    )
  })

  it('are copies, and what was taken back last is gone while the others stand', () => {
    const answers = new RecordedAnswers()
    for (let n = 0; n < 40; n += 1) {
      answers.add(`refused-${n}`, Uint8Array.of(0), 0)
      answers.removeLast(`refused-${n}`)
      answers.add(`call-${n}`, Uint8Array.of(n), 0)
    }
    answers.find('call-39')?.fill(255)
    for (const one of [answers, reread(answers)]) {
      assert.equal(one.find('refused-39'), undefined)
      assert.deepEqual(one.find('call-20'), Uint8Array.of(20))
      assert.deepEqual(one.find('call-39'), Uint8Array.of(39))
    }
  })

  it('are remembered as long as a call may be under way, whatever came since', () => {
    const answers = new RecordedAnswers()
    answers.add('first', new Uint8Array([1]), 0)
    for (let n = 0; n < 1000; n += 1) answers.add(`call-${n}`, new Uint8Array(10), 29_000)
    answers.removeLast('call-999')
    assert.deepEqual(answers.find('first'), new Uint8Array([1]))
    assert.equal(reread(answers).find('first'), undefined)
    assert.deepEqual(reread(answers).find('call-998'), new Uint8Array(10))
    answers.add('late', new Uint8Array(0), 59_000)
    assert.ok(answers.find('first'))
    answers.add('later', new Uint8Array(0), 90_000)
    assert.equal(answers.find('first'), undefined)
    assert.equal(answers.find('call-0'), undefined)
    assert.ok(reread(answers).find('late'), 'what is in the blob is kept at whatever age')
  })

  it('are forgotten, the oldest first, beyond 16,384 of them or 1 MiB', () => {
    const answers = new RecordedAnswers()
    for (let n = 0; n < 16_385; n += 1) answers.add(`call-${n}`, new Uint8Array(1), 0)
    assert.equal(answers.find('call-0'), undefined)
    assert.ok(answers.find('call-8200'))
    for (let n = 0; n < 64; n += 1) answers.add(`large-${n}`, new Uint8Array(20_000), 0)
    assert.equal(answers.find('large-0'), undefined)
    assert.ok(answers.find('large-63'))
  })
})
