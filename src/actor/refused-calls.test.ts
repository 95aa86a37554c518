import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { RefusedCalls } from './refused-calls.ts'

describe('refused calls', () => {
  const refusal = new RealmError('LEDGER_FUNDS')

  it('are remembered for at least half a minute, and at most for a whole one', () => {
    const calls = new RefusedCalls()
    assert.equal(calls.find('a'), undefined)
    calls.add('a', refusal, 1_000)
    calls.add('b', refusal, 30_999)
    assert.equal(calls.find('a'), refusal)
    calls.add('c', refusal, 31_000)
    assert.equal(calls.find('a'), refusal)
    calls.add('d', refusal, 61_000)
    assert.equal(calls.find('a'), undefined)
    assert.equal(calls.find('c'), refusal)
    calls.add('e', refusal, 500_000)
    assert.equal(calls.find('d'), undefined)
  })

  it('may be tried again where that may help', () => {
    const calls = new RefusedCalls()
    calls.add('a', new RealmError('NODE_MISSING'), 0)
    calls.add('b', new Error('of game code'), 0)
    assert.equal(calls.find('a'), undefined)
    assert.equal(calls.find('b'), undefined)
  })

  it('are bounded', () => {
    const calls = new RefusedCalls()
    for (let call = 0; call < 3_000; call += 1) calls.add(String(call), refusal, 0)
    const found = Array.from({ length: 3_000 }, (_, call) => calls.find(String(call)))
    const kept = found.filter((one) => one !== undefined).length
    assert.ok(kept >= 1_024 && kept <= 2_048, `${kept}`)
    assert.equal(calls.find('2999'), refusal)
  })
})
