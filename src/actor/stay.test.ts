import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNoFormerGate, isSameSession, stayName } from './stay.ts'

const member = (session: string) => ({ session, gate: 'g', player: { id: 'ada', name: 'Ada' } })

test('a gate that has lost a session cannot take it back from the one that has it', () => {
  const [first, again, third] = [1, 2, 3].map((epoch) => member(stayName('s', epoch, 7)))
  assert.ok(first && again && third)
  assert.ok(isSameSession(first, third))
  assertNoFormerGate(undefined, first)
  assertNoFormerGate(first, again)
  assertNoFormerGate(again, again)
  assert.throws(() => assertNoFormerGate(again, first), { code: 'SESSION_MOVED' })
  assert.throws(() => assertNoFormerGate(third, again), { code: 'SESSION_MOVED' })
  // Another session of the player, or what is no stay at all, is a matter of its own.
  for (const other of ['t.1', 't.9-1', 's', '']) {
    assertNoFormerGate(third, member(other === 's' ? 'x' : other))
    assert.equal(isSameSession(third, member(other)), other === 's')
  }
})
