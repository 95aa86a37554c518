import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RealmError } from '../errors/index.ts'
import type { HostMessage } from './behaviour.ts'
import { callIdOf } from './call-id.ts'
import { Sending } from './sending.ts'

/** A call that somebody waits for, and what it fails with. */
function sendingOf(message: HostMessage): { sending: Sending; failed: string[] } {
  const failed: string[] = []
  const sender = { refused: (gone: Sending, error: RealmError) => gone.fail(error) }
  const errand = { chain: [], nowMs: 0, deadlineMs: 9_000 }
  const rest = { edition: {} as never, address: 'actor/a/b', order: 1 } as const
  const what = { message, errand, ...rest }
  return { sending: new Sending(sender, what, ({ code }) => failed.push(code)), failed }
}

const call: HostMessage = {
  ...{
    op: 'call',
    method: 0,
    input: new Uint8Array(0),
    caller: undefined,
    callId: callIdOf('s.1'),
  },
}

test('a call is known as sent again once it may have arrived, from when it was first sent', () => {
  const { sending } = sendingOf(call)
  sending.repeats()
  assert.equal(sending.message, call, 'it has not left yet')
  sending.sentMs = 500
  sending.repeats()
  assert.deepEqual(sending.message, { ...call, firstMs: 500 })
  const again = sendingOf({ ...call, firstMs: 100 })
  again.sending.sentMs = 500
  again.sending.repeats()
  assert.deepEqual(again.sending.message, { ...call, firstMs: 100 })
})

test('told that it had no effect, which its first copy had: one whose mailbox was full', () => {
  for (const [firstMs, code, told] of [
    [undefined, 'MAILBOX_FULL', 'MAILBOX_FULL'],
    [100, 'MAILBOX_FULL', 'OUTCOME_UNKNOWN'],
    [100, 'ACTIVATION_PARKED', 'OUTCOME_UNKNOWN'],
    [100, 'REFUSED', 'REFUSED'],
  ] as const) {
    const { sending, failed } = sendingOf({ ...call, firstMs })
    sending.reject(new RealmError(code))
    assert.deepEqual(failed, [told])
  }
})
