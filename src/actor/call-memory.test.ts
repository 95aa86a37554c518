import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import { Reader, Writer } from '../schema/index.ts'
import type { CallMessage, Player } from './behaviour.ts'
import { callIdOf } from './call-id.ts'
import { CallMemory } from './call-memory.ts'

const ada: Player = { id: 'ada', name: 'Ada' }
const noBytes = new Uint8Array(0)

/** An actor's memory under a clock that is set by hand. */
class Memory {
  nowMs = 0
  calls = new CallMemory()
  readonly #clock = { now: () => this.nowMs } as never

  /** What becomes of a call that may come again, first sent at `firstMs`. */
  ask(id: string, firstMs?: number, caller: Player | 'nobody' = ada): string {
    const player = caller === 'nobody' ? undefined : caller
    const callId = callIdOf(id)
    const input = noBytes
    const message: CallMessage = { op: 'call', method: 0, input, caller: player, callId, firstMs }
    try {
      return this.calls.recall(message, this.#clock) === undefined ? 'acts' : 'answered'
    } catch (error) {
      return (error as RealmError).code
    }
  }

  /** As an actor does that changes something. */
  act(id: string, firstMs?: number, caller: Player | 'nobody' = ada): string {
    const what = this.ask(id, firstMs, caller)
    if (what === 'acts') this.calls.answered(callIdOf(id), noBytes, this.nowMs)
    return what
  }

  /** Comes back from the blob of its last commit, or of its freeze, so much later. */
  comeBack(laterMs: number, frozen = false): void {
    const writer = new Writer()
    this.calls.write(writer, this.nowMs, frozen)
    this.nowMs += laterMs
    this.calls = new CallMemory()
    const reader = new Reader(writer.finish())
    this.calls.read(reader, this.nowMs, frozen)
    reader.end()
  }
}

describe('calls of one session', () => {
  it('act once, and none after a later one', () => {
    const memory = new Memory()
    assert.deepEqual(
      ['s.1', 's.3', 's.1', 's.2'].map((id) => memory.act(id)),
      [...['acts', 'acts', 'answered', 'OUTCOME_UNKNOWN']],
    )
    assert.equal(memory.act('other.2'), 'acts')
    assert.equal(memory.act('s.2', undefined, 'nobody'), 'acts', 'not by a client')
  })

  it('acted late: one that a former gate held back until the actor had moved', () => {
    const memory = new Memory()
    memory.act('s.2')
    memory.calls.refused(callIdOf('s.3'), new RealmError('LEDGER_FUNDS'), 0)
    memory.ask('s.4')
    memory.comeBack(10, true)
    assert.equal(memory.act('s.1'), 'OUTCOME_UNKNOWN')
    assert.equal(memory.act('s.3'), 'LEDGER_FUNDS')
    assert.equal(memory.act('s.4'), 'acts', 'it had changed nothing')
  })

  it('are in order after a crash, too, as far as the newest answers tell', () => {
    const memory = new Memory()
    memory.act('s.2')
    memory.comeBack(4_000)
    assert.deepEqual(
      ['s.1', 's.2', 's.3'].map((id) => memory.act(id)),
      [...['OUTCOME_UNKNOWN', 'answered', 'acts']],
    )
  })
})

describe('a copy of a call after a crash', () => {
  function busy(): Memory {
    const memory = new Memory()
    for (let n = 0; n < 100; n += 1) {
      memory.nowMs = n * 10
      memory.act(`s${n}.1`)
    }
    return memory
  }

  it('acts where it can have had no effect: nothing is forgotten, or nothing that young', () => {
    const memory = new Memory()
    memory.act('s.1')
    memory.comeBack(4_000)
    assert.equal(memory.act('t.1', 0), 'acts')
    const other = busy()
    other.comeBack(4_000)
    assert.equal(other.act('t.1', other.nowMs - 100), 'acts')
    assert.equal(other.act('u.1'), 'acts', 'it was never sent before')
    assert.equal(other.act('s90.2', 0), 'acts', 'later than the last of its session')
  })

  it('acted twice: one whose answer was no longer among those in the blob', () => {
    const memory = busy()
    memory.comeBack(4_000)
    assert.equal(memory.act('s99.1', 0), 'answered')
    assert.equal(memory.act('s3.1', 0), 'OUTCOME_UNKNOWN')
    assert.equal(memory.act('s3.1', 0, 'nobody'), 'OUTCOME_UNKNOWN')
  })

  it('is known wherever the actor was moved', () => {
    const memory = busy()
    memory.comeBack(100, true)
    assert.equal(memory.act('s3.1', 0), 'answered')
    assert.equal(memory.act('t.1', 0), 'acts')
  })

  it('acts never twice, whatever happens in between', () => {
    const happening = fc.oneof(
      { weight: 20, arbitrary: fc.record({ call: fc.nat(60) }) },
      fc.record({ crash: fc.integer({ min: 1, max: 9_000 }) }),
      fc.record({ move: fc.integer({ min: 1, max: 100 }) }),
    )
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 300 }), (happenings) => {
        const memory = new Memory()
        const sentMs = new Map<string, number>()
        const acted = new Set<string>()
        for (const one of happenings) {
          memory.nowMs += 7
          if ('crash' in one) memory.comeBack(one.crash)
          else if ('move' in one) memory.comeBack(one.move, true)
          else {
            const callId = `s${one.call}.1`
            const firstMs = sentMs.get(callId)
            const what = memory.act(callId, firstMs)
            if (firstMs === undefined) sentMs.set(callId, memory.nowMs - 1)
            if (what !== 'acts') continue
            assert.ok(!acted.has(callId), `${callId} acted twice`)
            acted.add(callId)
          }
        }
      }),
    )
  })
})
