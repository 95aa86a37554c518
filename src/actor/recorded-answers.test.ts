import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Reader, Writer } from '../schema/index.ts'
import { callIdOf, callIdText } from './call-id.ts'
import { RecordedAnswers } from './recorded-answers.ts'

function reread(answers: RecordedAnswers, all = false): RecordedAnswers {
  const writer = new Writer()
  answers.write(writer, all)
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
          answers.add(callIdOf(`call-${n}`), new Uint8Array(length).fill(n), n)
        }
        let bytes = 0
        const kept = new Set<number>()
        for (let n = lengths.length - 1; n >= 0 && kept.size < 32; n -= 1) {
          const length = lengths[n] ?? 0
          bytes += length + 2 + (length > 16_383 ? 3 : length > 127 ? 2 : 1)
          if (bytes > 65_536 && kept.size > 0) break
          kept.add(n)
        }
        const read = reread(answers)
        for (const [n, length] of lengths.entries()) {
          const given = new Uint8Array(length).fill(n)
          const expected = kept.has(n) ? given : undefined
          assert.deepEqual(read.find(callIdOf(`call-${n}`)), expected, `call-${n}`)
          if (kept.has(n)) assert.deepEqual(answers.find(callIdOf(`call-${n}`)), given)
        }
      }),
    )
  })

  it('are copies, and what was taken back last is gone while the others stand', () => {
    const answers = new RecordedAnswers()
    for (let n = 0; n < 40; n += 1) {
      const refused = callIdOf(`refused-${n}`)
      answers.add(refused, Uint8Array.of(0), 0)
      answers.removeLast(refused)
      answers.add(callIdOf(`call-${n}`), Uint8Array.of(n), 0)
    }
    answers.find(callIdOf('call-39'))?.fill(255)
    for (const one of [answers, reread(answers)]) {
      assert.equal(one.find(callIdOf('refused-39')), undefined)
      assert.deepEqual(one.find(callIdOf('call-20')), Uint8Array.of(20))
      assert.deepEqual(one.find(callIdOf('call-39')), Uint8Array.of(39))
    }
  })

  it('are those of the call that is asked for, whoever else calls in whichever order', () => {
    const happening = fc.record({
      series: fc.nat({ max: 5 }),
      number: fc.integer({ min: -1, max: 40 }),
      isRefused: fc.boolean(),
      laterMs: fc.constantFrom(0, 0, 0, 0, 20_000),
    })
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200 }), (happenings) => {
        const answers = new RecordedAnswers()
        const added: string[] = []
        let nowMs = 0
        for (const [at, { series, number, isRefused, laterMs }] of happenings.entries()) {
          nowMs += laterMs
          const id = { series: `s${series}`, number }
          const text = callIdText(id)
          if (added.includes(text)) continue
          answers.add(id, Uint8Array.of(at), nowMs)
          if (isRefused) answers.removeLast(id)
          else added.push(text)
          const expected = isRefused ? undefined : Uint8Array.of(at)
          assert.deepEqual(answers.find(callIdOf(text)), expected)
        }
        const whole = reread(answers, true)
        const read = reread(answers)
        for (const [at, text] of added.entries()) {
          const answer = answers.find(callIdOf(text))
          assert.deepEqual(whole.find(callIdOf(text)), answer)
          const isNewest = at >= added.length - 32
          if (isNewest) assert.deepEqual(read.find(callIdOf(text)), answer)
          else assert.equal(read.find(callIdOf(text)), undefined)
        }
      }),
    )
  })

  it('cost a commit little beside their bytes where one client calls again and again', () => {
    const answers = new RecordedAnswers()
    const series = 'a-session-of-twenty-two'
    for (let number = 1000; number < 1100; number += 1) {
      answers.add({ series, number }, Uint8Array.of(1, 2), 0)
    }
    const writer = new Writer()
    answers.write(writer)
    assert.equal(writer.finish().length, 1 + 1 + (1 + series.length) + 1 + 32 * (1 + 2 + 1 + 2))
  })

  it('are read as they were written when each had its id as a text', () => {
    const writer = new Writer()
    writer.varint(2)
    for (const text of ['once', 'session.7']) {
      writer.text(text)
      writer.bytes(Uint8Array.of(text.length))
    }
    const answers = new RecordedAnswers()
    const reader = new Reader(writer.finish())
    assert.deepEqual(answers.readFormer(reader, 0), [callIdOf('once'), callIdOf('session.7')])
    assert.deepEqual(answers.find({ series: 'session', number: 7 }), Uint8Array.of(9))
    assert.deepEqual(answers.find({ series: 'once', number: -1 }), Uint8Array.of(4))
  })

  it('are remembered as long as a call may be under way, whatever came since', () => {
    const answers = new RecordedAnswers()
    answers.add(callIdOf('first'), new Uint8Array([1]), 0)
    for (let n = 0; n < 999; n += 1) answers.add(callIdOf(`call-${n}`), new Uint8Array(10), 29_000)
    const last = callIdOf('call-999')
    answers.add(last, new Uint8Array(10), 29_000)
    answers.removeLast(last)
    assert.deepEqual(answers.find(callIdOf('first')), new Uint8Array([1]))
    assert.equal(reread(answers).find(callIdOf('first')), undefined)
    assert.deepEqual(reread(answers).find(callIdOf('call-998')), new Uint8Array(10))
    answers.add(callIdOf('late'), new Uint8Array(0), 59_000)
    assert.ok(answers.find(callIdOf('first')))
    answers.add(callIdOf('later'), new Uint8Array(0), 90_000)
    assert.equal(answers.find(callIdOf('first')), undefined)
    assert.equal(answers.find(callIdOf('call-0')), undefined)
    assert.ok(reread(answers).find(callIdOf('late')), 'what is in the blob is kept at whatever age')
  })

  it('are forgotten, the oldest first, beyond 16,384 of them or 1 MiB', () => {
    const answers = new RecordedAnswers()
    for (let n = 0; n < 16_385; n += 1) answers.add(callIdOf(`call-${n}`), new Uint8Array(1), 0)
    assert.equal(answers.find(callIdOf('call-0')), undefined)
    assert.ok(answers.find(callIdOf('call-8200')))
    for (let n = 0; n < 64; n += 1) answers.add(callIdOf(`large-${n}`), new Uint8Array(20_000), 0)
    assert.equal(answers.find(callIdOf('large-0')), undefined)
    assert.ok(answers.find(callIdOf('large-63')))
  })
})
